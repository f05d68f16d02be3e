/** The process of one contender: prepares one row, then takes a turn whenever it is told to. */

const [file, rowName, entryName] = process.argv.slice(2);
const { rows } = await import(file);
const turn = await rows.find(({ name }) => name === rowName).entries[entryName]();

process.on('message', async () => process.send(await turn()));
process.send('ready');
