/** The decorators' storage of class-transformer, whose types lie beside another build of it. */
declare module 'class-transformer/cjs/storage.js' {
  export { defaultMetadataStorage } from 'class-transformer/types/storage.js';
}
