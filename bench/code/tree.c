/* Binary search tree: 2000 insertions, 4000 look-ups. */

#include "common.h"

struct node {
  u32 key;
  struct node *left;
  struct node *right;
};

static struct node *free_node;
static struct node *root;

static void insert(u32 key) {
  struct node **link = &root;
  while (*link) {
    if ((*link)->key == key) return;
    link = key < (*link)->key ? &(*link)->left : &(*link)->right;
  }
  struct node *fresh = free_node++;
  fresh->key = key;
  fresh->left = 0;
  fresh->right = 0;
  *link = fresh;
}

static int contains(u32 key) {
  struct node *node = root;
  while (node) {
    if (node->key == key) return 1;
    node = key < node->key ? node->left : node->right;
  }
  return 0;
}

u32 run(void *buffer) {
  free_node = buffer;
  root = 0;
  seed();
  for (int i = 0; i < 2000; i++) insert(next() & 0xfff);
  u32 found = 0;
  for (int i = 0; i < 4000; i++)
    if (contains(next() & 0xfff)) found += i;
  return found;
}
