export { ExactPacker } from './exact-packer.js';
