import stream from './stream.js';

export const { finished, pipeline } = stream.promises;
export default { finished, pipeline };
