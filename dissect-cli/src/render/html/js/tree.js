// The fields of a message as a tree, and its bytes beside them.
