/** The channel between the tabs of a browser. */

/**
 * Calls `hear` with the messages of other clients, and `look` if there can be news without a message. Returns
 * the function that posts a message.
 */
export function openChannel<Message extends unknown[]>(
  name: string,
  hear: (...message: Message) => void,
  look: () => void,
): (...message: Message) => void {
  let channel: BroadcastChannel | undefined;
  // Not while a server renders the page: an open channel keeps Node.js running.
  if (globalThis.location) {
    // A page in the back/forward cache gets no messages. Without BroadcastChannel there is the storage event.
    for (const type of ['pageshow', 'storage']) addEventListener(type, () => look());
    if (globalThis.BroadcastChannel) {
      channel = new BroadcastChannel(name);
      channel.onmessage = ({ data }) => hear(...(data as Message));
    }
  }
  return (...message) => channel?.postMessage(message);
}
