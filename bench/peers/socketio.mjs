// The Socket.IO chat with rooms and the Redis adapter, set up as the adapter's documentation says.
import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const pubClient = createClient({ url: process.env.REDIS_URL });
const subClient = pubClient.duplicate();
await Promise.all([pubClient.connect(), subClient.connect()]);

const httpServer = createServer();
const io = new Server(httpServer, { adapter: createAdapter(pubClient, subClient) });

io.on("connection", (socket) => {
  socket.on("join", async (room, done) => {
    await socket.join(room);
    done();
  });

  socket.on("chat message", (room, message) => {
    io.to(room).emit("chat message", message);
  });
});

httpServer.listen(Number(process.env.PORT), "127.0.0.1");
