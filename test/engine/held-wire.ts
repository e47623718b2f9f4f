import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A wire to a loopback port that can keep back what it carries there, beyond the end of who sent it. */
export interface HeldWire {
  port: number
  /** From now on, what is sent is kept back; what comes from the port goes on. */
  hold(): void
  /** What is kept back. */
  held(): Buffer
  /** For the senders the wire is cut, and can't be had again; the port sees nothing of that. */
  cut(): void
  /** Lets through what was kept back. */
  deliver(): void
  close(): void
}

export async function startHeldWire(target: number): Promise<HeldWire> {
  const wires: { sender: Socket; receiver: Socket; held: Buffer[] }[] = []
  let isHeld = false
  const server = createServer((sender) => {
    const wire = { sender, receiver: connect(target, '127.0.0.1'), held: [] as Buffer[] }
    wires.push(wire)
    sender.on('data', (chunk) => (isHeld ? wire.held.push(chunk) : wire.receiver.write(chunk)))
    sender.on('end', () => isHeld || wire.receiver.end())
    wire.receiver.pipe(sender)
    for (const socket of [sender, wire.receiver]) socket.setNoDelay(true).on('error', () => undefined)
    wire.receiver.on('close', () => sender.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    server.close()
    for (const { sender, receiver } of wires) {
      receiver.unpipe(sender).resume()
      sender.destroy()
    }
  }
  return {
    port: (server.address() as AddressInfo).port, // a TCP server's address is one
    hold: () => {
      isHeld = true
    },
    held: () => Buffer.concat(wires.flatMap(({ held }) => held)),
    cut,
    deliver: () => {
      for (const { receiver, held } of wires) for (const chunk of held.splice(0)) receiver.write(chunk)
    },
    close: () => {
      cut()
      for (const { receiver } of wires) receiver.destroy()
    },
  }
}
