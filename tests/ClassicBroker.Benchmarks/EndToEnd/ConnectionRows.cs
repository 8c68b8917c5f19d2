using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>What connections cost: many that talk a little, many that say nothing, and some that announce much and send nothing.</summary>
internal static class ConnectionRows
{
    private const int Talking = 1000;
    private const int TalkingRequests = 200_000;
    private const int Producing = 200;
    private const int ProducedBytes = 100;
    private const int Idle = 10_000;
    private const int Announcing = 20;
    private const int AnnouncedBytes = 60_000_000;

    /// <summary>ApiVersions 0, the smallest request there is.</summary>
    internal static readonly byte[] Ping = [0, 0, 0, 14, 0, 18, 0, 0, 0, 0, 0, 1, 0, 4, (byte)'p', (byte)'i', (byte)'n', (byte)'g'];

    public static Task<string[]> PingAsync(BenchmarkCluster cluster) => TalkAsync(cluster, Talking, TalkingRequests, _ => Ping);

    /// <summary>Each of many producers sends a small batch and waits for its acknowledgement.</summary>
    public static async Task<string[]> ProduceAsync(BenchmarkCluster cluster)
    {
        var topic = await cluster.CreateTopicAsync();
        var frame = WireFrames.Produce(topic, acks: 1, ProducedBytes, batchBytes: 0, out _);
        var figures = await TalkAsync(cluster, Producing, TalkingRequests, _ => frame);
        await cluster.DeleteTopicAsync(topic);
        return figures;
    }

    /// <summary>Every connection sends its frame, reads the answer, and sends it again.</summary>
    public static async Task<string[]> TalkAsync(BenchmarkCluster cluster, int connections, int requests, Func<int, byte[]> frameOf)
    {
        var sockets = await ConnectAsync(cluster, connections);
        List<double> rates = [], costs = [];
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            var before = ProcessFigures.CpuSeconds(cluster.Broker.Process.Id);
            var clock = Stopwatch.StartNew();
            await Task.WhenAll(sockets.Select((socket, connection) => TalkAsync(socket, frameOf(connection), requests / connections)));
            rates.Add(requests / clock.Elapsed.TotalSeconds);
            costs.Add((ProcessFigures.CpuSeconds(cluster.Broker.Process.Id) - before) / requests * 1e6);
        }

        Close(sockets);
        return
        [
            $"{BenchmarkTable.Number(Math.Round(BenchmarkTable.Median(rates)), "requests/s")} on {connections} connections", "", "",
            $"{BenchmarkTable.Number(BenchmarkTable.Median(costs))} µs/request",
        ];
    }

    private static async Task TalkAsync(Socket socket, byte[] frame, int requests)
    {
        var buffer = new byte[8192];
        for (var i = 0; i < requests; i++)
        {
            await socket.SendAsync(frame);
            var received = 0;
            while (received < 4 || received < 4 + BinaryPrimitives.ReadInt32BigEndian(buffer))
            {
                var read = await socket.ReceiveAsync(buffer.AsMemory(received));
                received += read == 0 ? throw new EndOfStreamException("The broker closed the connection.") : read;
            }
        }
    }

    public static Task<string[]> IdleAsync() => CostAsync(Idle, Ping[..0]);

    public static Task<string[]> AnnouncedFramesAsync()
    {
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(prefix, AnnouncedBytes);
        return CostAsync(Announcing, prefix);
    }

    /// <summary>On a broker that has just started: one that has worked may hold the memory already.</summary>
    private static async Task<string[]> CostAsync(int count, byte[] firstBytes)
    {
        await using var cluster = await BenchmarkCluster.StartAsync();
        var before = ProcessFigures.ResidentMegabytes(cluster.Broker.Process.Id);
        var sockets = await ConnectAsync(cluster, count);
        foreach (var socket in sockets)
        {
            await socket.SendAsync(firstBytes);
        }

        // A request on a connection of its own, answered, proves that the loops have been round since.
        using (var probe = LoadConnection.Open(cluster.Broker.Port))
        {
            probe.Send(Ping);
            probe.Receive([]);
        }

        var after = ProcessFigures.ResidentMegabytes(cluster.Broker.Process.Id);
        Close(sockets);
        return [$"{BenchmarkTable.Number(after - before, "MB")} for {count} connections", "", "", ""];
    }

    private static async Task<List<Socket>> ConnectAsync(BenchmarkCluster cluster, int count)
    {
        var sockets = new List<Socket>(count);
        for (var i = 0; i < count; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            // Many loopback source addresses, so that ten thousand connections do not use up the ports of one.
            socket.Bind(new IPEndPoint(new IPAddress(new byte[] { 127, 0, (byte)(1 + (i / 5000)), 1 }), 0));
            await socket.ConnectAsync(IPAddress.Loopback, cluster.Broker.Port);
            sockets.Add(socket);
        }

        return sockets;
    }

    private static void Close(List<Socket> sockets)
    {
        foreach (var socket in sockets)
        {
            socket.Dispose();
        }
    }
}
