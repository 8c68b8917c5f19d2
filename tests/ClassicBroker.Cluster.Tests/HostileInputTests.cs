using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests;

/// <summary>
/// Bytes that are no request, sent to a broker that is serving somebody else: their connection closes, no other is affected, and no
/// memory is spent on what was only announced. A secured broker gets them behind a TLS handshake, from a stranger who has not logged in.
/// </summary>
public sealed class HostileInputTests : IAsyncDisposable
{
    private const int AllowedGrowthMegabytes = 64;

    /// <summary>As large as an open broker takes them, and as one takes them from strangers.</summary>
    private const int FrameBytes = 60_000_000;
    private const int StrangersFrameBytes = 512 * 1024;

    private readonly ScratchDirectory _scratch = new();
    private ClusterSecurity _security = ClusterSecurity.None;
    private SingleZooKeeper? _zooKeeper;
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

    [Theory]
    [InlineData(SecurityProfile.Open)]
    [InlineData(SecurityProfile.Secured)]
    public async Task Each_closes_its_own_connection_only_and_costs_nothing(SecurityProfile profile)
    {
        await StartAsync(profile);
        var before = ResidentMegabytes();
        await using var load = await AckedLoad.StartAsync(
            _broker!.BootstrapServers, "bystander", _scratch.File("acked"), credentials: _security.Client);
        foreach (var row in Corpus)
        {
            var (name, bytes) = row.Data;
            Assert.True(await ClosesAsync(bytes), $"{name}: the connection stayed open");
            Assert.False(_broker.Process.HasExited, $"{name}: the broker ended");
        }

        await load.WaitForMoreAsync(100, TimeSpan.FromSeconds(30));
        AckedLoad.AssertNothingLost(await load.StopAsync(), await AckedLoad.ReadAllAsync(_broker.BootstrapServers, "bystander", _security.Client));
        Assert.InRange(ResidentMegabytes() - before, -1000, AllowedGrowthMegabytes);
    }

    [Theory]
    [MemberData(nameof(SecurityProfiles.Rows), MemberType = typeof(SecurityProfiles))]
    public async Task Announced_frames_that_never_come_cost_nothing_to_speak_of(SecurityProfile profile)
    {
        await StartAsync(profile);
        var announced = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(announced, _security.IsSecured ? StrangersFrameBytes : FrameBytes);

        // Code that runs for the first time costs more than all of them.
        await (await ConnectAsync()).DisposeAsync();
        var before = ResidentMegabytes();
        var connections = new List<Stream>();
        for (var i = 0; i < 20; i++)
        {
            var connection = await ConnectAsync();
            await connection.WriteAsync(announced);
            connections.Add(connection);
        }

        // Another connection's answered request proves the loops have been round since.
        Assert.False(await ClosesAsync(Frame(18, 0, []), answers: true));
        Assert.InRange(ResidentMegabytes() - before, -1000, 30);
        connections.ForEach(connection => connection.Dispose());
    }

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        if (_zooKeeper is not null)
        {
            await _zooKeeper.DisposeAsync();
        }

        _security.Dispose();
        _scratch.Dispose();
    }

    private async Task StartAsync(SecurityProfile profile)
    {
        _security = ClusterSecurity.Of(profile, _scratch);
        _zooKeeper = await SingleZooKeeper.StartAsync(_security, _scratch.File("zookeeper"));
        _broker = await _security.Secure(new KafkaServerProcess(_scratch.File("broker"), _zooKeeper.ConnectString)).StartAsync();
        await Tool.CreateTopicAsync(_security, _broker, "bystander");
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
        await using var connection = await ConnectAsync();
        await connection.WriteAsync(bytes);
        var buffer = new byte[4096];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            while (true)
            {
                if (await connection.ReadAsync(buffer, limit.Token) == 0)
                {
                    return true;
                }

                if (answers)
                {
                    return false;
                }
            }
        }
        catch (IOException failure) when (failure.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<Stream> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, _broker!.Port);
        return _security.IsSecured
            ? await Stranger.HandshakeAsync(socket, CancellationToken.None)
            : new NetworkStream(socket, ownsSocket: true);
    }

    private double ResidentMegabytes()
    {
        var line = File.ReadLines($"/proc/{_broker!.Process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) / 1024;
    }
}
