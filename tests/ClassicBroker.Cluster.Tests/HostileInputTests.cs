using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>
/// Bytes that are no request, sent to a broker that is serving somebody else: their connection closes, no other is affected, and no
/// memory is spent on what was only announced.
/// </summary>
public sealed class HostileInputTests : IAsyncLifetime
{
    private const int AllowedGrowthMegabytes = 64;

    private readonly ScratchDirectory _scratch = new();
    private ZooKeeperServerProcess? _zooKeeper;
    private KafkaServerProcess? _broker;

    public static TheoryData<string, byte[]> Corpus { get; } = new()
    {
        { "frame length 0", [0, 0, 0, 0] },
        { "frame length -1", [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0] },
        { "frame length 2^31-1", [0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0] },
        { "frame length one above the limit", [0x06, 0x40, 0x00, 0x01, 0, 0, 0, 0] },
        { "HTTP", Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: kafka\r\n\r\n") },
        { "TLS hello", Convert.FromHexString("16030100c8010000c40303") },
        { "ZooKeeper four-letter word", Encoding.ASCII.GetBytes("ruok") },
        { "unknown api key", Frame(999, 0, []) },
        { "negative api key", Frame(-1, 0, []) },
        { "version above", Frame(3, 99, []) },
        { "version below", Frame(3, -1, []) },
        { "header cut short", [0, 0, 0, 3, 0, 3, 0] },
        { "client id longer than the frame", [0, 0, 0, 10, 0, 3, 0, 0, 0, 0, 0, 1, 0x7F, 0xFF] },
        { "Metadata of 2^31-1 topics", Frame(3, 1, [0x7F, 0xFF, 0xFF, 0xFF]) },
        { "Produce of -2 topics", Frame(0, 3, [0xFF, 0xFF, 0, 1, 0, 0, 0, 10, 0xFF, 0xFF, 0xFF, 0xFE]) },
        { "topic name longer than the frame", Frame(3, 1, [0, 0, 0, 1, 0x7F, 0xFF, (byte)'a']) },
        { "compact array of 2^32-1", Frame(3, 9, [0, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]) },
        { "varint of six bytes", Frame(3, 9, [0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]) },
        { "twenty million tagged fields", Frame(3, 9, [0x80, 0xDA, 0xC4, 0x09]) },
        { "produce of 2^31-1 partitions", Frame(0, 3, [0xFF, 0xFF, 0, 1, 0, 0, 0, 10, 0, 0, 0, 1, 0, 1, (byte)'t', 0x7F, 0xFF, 0xFF, 0xFF]) },
        { "records longer than the frame", Frame(0, 3, [0xFF, 0xFF, 0, 1, 0, 0, 0, 10, 0, 0, 0, 1, 0, 1, (byte)'t', 0, 0, 0, 1, 0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF]) },
    };

    [Fact]
    public async Task Each_closes_its_own_connection_only_and_costs_nothing()
    {
        var before = ResidentMegabytes();
        await using var load = await AckedLoad.StartAsync(_broker!.BootstrapServers, "bystander", _scratch.File("acked"));
        foreach (var row in Corpus)
        {
            var (name, bytes) = row.Data;
            Assert.True(await ClosesAsync(bytes), $"{name}: the connection stayed open");
            Assert.False(_broker.Process.HasExited, $"{name}: the broker ended");
        }

        await load.WaitForMoreAsync(100, TimeSpan.FromSeconds(30));
        AckedLoad.AssertNothingLost(await load.StopAsync(), await AckedLoad.ReadAllAsync(_broker.BootstrapServers, "bystander"));
        Assert.InRange(ResidentMegabytes() - before, -1000, AllowedGrowthMegabytes);
    }

    [Fact]
    public async Task Announced_frames_that_never_come_cost_nothing_to_speak_of()
    {
        var before = ResidentMegabytes();
        var sockets = new List<Socket>();
        for (var i = 0; i < 20; i++)
        {
            var socket = await ConnectAsync();
            await socket.SendAsync(new byte[] { 0x03, 0x93, 0x87, 0x00, 0, 0, 0, 9 });
            sockets.Add(socket);
        }

        // Another connection's answered request proves the loops have been round since.
        Assert.False(await ClosesAsync(Frame(18, 0, []), answers: true));
        Assert.InRange(ResidentMegabytes() - before, -1000, 30);
        sockets.ForEach(socket => socket.Dispose());
    }

    public async ValueTask InitializeAsync()
    {
        _zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        _broker = await new KafkaServerProcess(_scratch.File("broker"), _zooKeeper.ConnectString).StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _broker!.DisposeAsync();
        await _zooKeeper!.DisposeAsync();
        _scratch.Dispose();
    }

    private static byte[] Frame(short apiKey, short version, byte[] body)
    {
        var frame = new byte[4 + 10 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(4), apiKey);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(6), version);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(8), 1);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(12), -1);
        body.CopyTo(frame, 14);
        return frame;
    }

    /// <summary>True when the broker closes the connection upon these bytes; false when it answers and <paramref name="answers"/> is set.</summary>
    private async Task<bool> ClosesAsync(byte[] bytes, bool answers = false)
    {
        using var socket = await ConnectAsync();
        await socket.SendAsync(bytes);
        var buffer = new byte[4096];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            while (true)
            {
                if (await socket.ReceiveAsync(buffer, limit.Token) == 0)
                {
                    return true;
                }

                if (answers)
                {
                    return false;
                }
            }
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, _broker!.Port);
        return socket;
    }

    private double ResidentMegabytes()
    {
        var line = File.ReadLines($"/proc/{_broker!.Process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) / 1024;
    }
}
