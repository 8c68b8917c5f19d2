using System.Text;
using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Server.Tests.Core;

/// <summary>Znodes with a time to live and containers, alone and in a multi, as Apache ZooKeeper with its extended types switched on.</summary>
public sealed class ExtendedTypeTests
{
    private const long TtlMs = 90_000;

    private readonly ServerBench _bench = new(everythingOn: true);

    [Fact]
    public void A_znode_goes_when_it_was_not_set_and_had_no_children_for_its_time_to_live()
    {
        var client = _bench.Connect(timeoutMs: 2000);
        Assert.Equal(ZooKeeperError.None, CreateTtl(client, "/idle", CreateMode.PersistentWithTtl, TtlMs));
        Assert.Equal(ZooKeeperError.None, CreateTtl(client, "/parent", CreateMode.PersistentWithTtl, TtlMs));
        client.Create("/parent/child");
        Assert.Equal(0, client.Exists("/idle")!.Value.EphemeralOwner);
        _bench.Time.AdvanceMs(TtlMs - 10_000);
        client = _bench.Connect();
        client.Set("/idle", "again");
        _bench.Time.AdvanceMs(60_000);
        Assert.NotNull(_bench.Connect().Exists("/idle"));
        _bench.Time.AdvanceMs(120_000);
        client = _bench.Connect();
        Assert.Null(client.Exists("/idle"));
        Assert.NotNull(client.Exists("/parent"));
    }

    [Fact]
    public void A_time_to_live_survives_a_crash_and_a_snapshot()
    {
        var client = _bench.Connect();
        CreateTtl(client, "/t", CreateMode.PersistentSequentialWithTtl, TtlMs);
        _bench.Crash();
        _bench.Time.AdvanceMs(TtlMs / 2);
        Assert.Equal(["t0000000000", "zookeeper"], _bench.Connect().Children("/"));
        _bench.Time.AdvanceMs(TtlMs * 2);
        Assert.Equal(["zookeeper"], _bench.Connect().Children("/"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(0x100_0000_0000)]
    public void A_time_that_is_none_is_refused(long ttlMs) =>
        Assert.Equal(ZooKeeperError.BadArguments, CreateTtl(_bench.Connect(), "/t", CreateMode.PersistentWithTtl, ttlMs));

    [Theory]
    [InlineData(OpCode.CreateContainer, CreateMode.Container)]
    [InlineData(OpCode.CreateTtl, CreateMode.PersistentWithTtl)]
    public void In_a_multi_their_creation_is_answered_as_a_create2(OpCode type, CreateMode mode)
    {
        var client = _bench.Connect();
        var (header, body) = client.Ask(OpCode.Multi, writer =>
        {
            new MultiHeader(type, false, -1).Write(writer);
            BenchClient.WriteCreate(writer, "/c", "x", ZnodeAcl.OpenAclUnsafe, mode);
            if (type == OpCode.CreateTtl)
            {
                writer.WriteLong(TtlMs);
            }

            MultiHeader.End.Write(writer);
        });
        Assert.Equal(ZooKeeperError.None, header.Error);
        var reader = new JuteReader(body);
        Assert.Equal(OpCode.Create2, MultiHeader.Read(ref reader).Type);
        Assert.Equal("/c", reader.ReadString());
        Assert.Equal(1, reader.ReadStat().DataLength);
        Assert.True(MultiHeader.Read(ref reader).Done);
    }

    [Fact]
    public void Null_data_is_told_from_empty_across_a_crash()
    {
        var client = _bench.Connect();
        client.Ask(OpCode.Create, writer =>
        {
            writer.WriteString("/null");
            writer.WriteNullableBuffer((byte[]?)null);
            writer.WriteAcl(ZnodeAcl.OpenAclUnsafe);
            writer.WriteInt((int)CreateMode.Persistent);
        });
        client.Create("/empty");
        _bench.Crash();
        client = _bench.Connect();
        Assert.Null(Read(client, "/null"));
        Assert.Empty(Read(client, "/empty")!);
    }

    [Fact]
    public void Watches_are_listed_by_session_and_by_path_and_counts_of_connections_start_over()
    {
        var client = _bench.Connect();
        client.Exists("/a", watch: true);
        client.Children("/", watch: true);
        var session = $"0x{client.Session.SessionId:x}";
        Assert.Equal($"{session}\n\t/\n\t/a\n\n", Ask("wchc"));
        Assert.Equal($"/\n\t{session}\n/a\n\t{session}\n\n", Ask("wchp"));
        Assert.Contains("recved=3,sent=3", Ask("cons"), StringComparison.Ordinal);
        Assert.Equal("Connection stats reset.\n", Ask("crst"));
        Assert.Contains("recved=0,sent=0", Ask("cons"), StringComparison.Ordinal);
    }

    private static byte[]? Read(BenchClient client, string path)
    {
        var (_, body) = client.Ask(OpCode.GetData, writer => BenchClient.WritePathAndWatch(writer, path, false));
        var reader = new JuteReader(body);
        return reader.ReadNullableBytes();
    }

    private static ZooKeeperError CreateTtl(BenchClient client, string path, CreateMode mode, long ttlMs) =>
        client.Ask(OpCode.CreateTtl, writer =>
        {
            BenchClient.WriteCreate(writer, path, "", ZnodeAcl.OpenAclUnsafe, mode);
            writer.WriteLong(ttlMs);
        }).Header.Error;

    private string Ask(string word)
    {
        var client = _bench.Open();
        var connection = _bench.Loop.Run(() => Task.FromResult(_bench.Server.Accept(client.Sink, new(System.Net.IPAddress.Loopback, 1))));
        _bench.Loop.Execute(() => connection.ReceiveFourLetterWord((word[0] << 24) | (word[1] << 16) | (word[2] << 8) | word[3]));
        _bench.Time.RunUntilIdle();
        return Encoding.UTF8.GetString(client.Sink.Received.Dequeue());
    }
}
