export { Heap, type HeapItem } from './heap.js';
