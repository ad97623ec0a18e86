import { chromium } from "playwright-core";
import { createServer } from "node:http";
import { readFileSync, existsSync } from "node:fs";
const T={".html":"text/html",".js":"text/javascript",".css":"text/css",".wasm":"application/wasm",".svg":"image/svg+xml"};
const s=createServer((q,r)=>{let p=new URL(q.url,"http://x").pathname.slice(1)||"index.html";p="dist/lab/"+p;if(!existsSync(p)){r.writeHead(404).end();return}r.writeHead(200,{"content-type":T[p.match(/\.\w+$/)?.[0]]??"application/octet-stream"}).end(readFileSync(p))}).listen(0);
const port=s.address().port;
const b=await chromium.launch({executablePath:"/usr/bin/chromium",args:["--no-sandbox"]});
const axe=existsSync("/tmp/axe/node_modules/axe-core/axe.min.js")?readFileSync("/tmp/axe/node_modules/axe-core/axe.min.js","utf8"):"";
for (const [name,w,h,cs,loc,mobile] of [["l720",1280,720,"light","en-US"],["d1080",1920,1080,"dark","en-US"],["zh1080",1920,1080,"light","zh-CN"],["d720zh",1280,720,"dark","zh-CN"],["ph",390,844,"light","en-US",true],["phd",390,844,"dark","zh-CN",true]]) {
 const c=await b.newContext({viewport:{width:w,height:h},colorScheme:cs,locale:loc,bypassCSP:true,...(mobile&&{isMobile:true,hasTouch:true})});
 const p=await c.newPage(); p.on("console",m=>{if(m.type()==="error")console.log(name,m.text())});
 await p.goto(`http://127.0.0.1:${port}/`);
 await p.waitForFunction(()=>/minios>/.test(document.querySelector("[data-screen-text]")?.textContent??""));
 await p.waitForTimeout(2500);
 await p.screenshot({path:`/tmp/pics/s-${name}.png`});
 if(axe){await p.evaluate(axe); const r=await p.evaluate(()=>axe.run()); for(const v of r.violations) console.log(name,v.impact,v.id,v.nodes.slice(0,3).map(n=>n.html.slice(0,140)+" "+(n.any[0]?.message??"")).join(" || "));}
 if(name==="l720"||name==="d720zh"){ await p.locator('[data-command="open"]').click(); await p.waitForTimeout(300); await p.screenshot({path:`/tmp/pics/s-${name}-open.png`}); if(axe){const r=await p.evaluate(()=>axe.run()); for(const v of r.violations) console.log(name,"open",v.impact,v.id,v.nodes.slice(0,3).map(n=>n.html.slice(0,140)).join(" || "));} await p.keyboard.press("Escape"); await p.waitForTimeout(200); await p.keyboard.press("?"); await p.waitForTimeout(300); await p.screenshot({path:`/tmp/pics/s-${name}-help.png`}); await p.keyboard.press("Escape");
 for (const v of ["cpu","memory","tables"]) { const t=p.locator(`[data-tab="${v}"]`); if(await t.count()){await t.click(); await p.waitForTimeout(700); await p.screenshot({path:`/tmp/pics/s-${name}-${v}.png`}); if(axe){const r=await p.evaluate(()=>axe.run()); for(const x of r.violations) console.log(name,v,x.impact,x.id,x.nodes.slice(0,3).map(n=>n.html.slice(0,140)).join(" || "));}}}
 }
 await c.close();
}
await b.close(); s.close(); process.exit();
