export { sharedData, testWithShared } from './test-with-shared.js';
