using System.Text;
using ClassicBroker.Testing.Files;
using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Server.Tests.Core;

public sealed class ZooKeeperServerTests
{
    private readonly ServerBench _bench = new();

    [Fact]
    public void Empty_tree_is_that_of_Apache_ZooKeeper()
    {
        var client = _bench.Connect();
        Assert.Equal(["zookeeper"], client.Children("/"));
        Assert.Equal(["config", "quota"], client.Children("/zookeeper"));
        Assert.Equal(-1, client.Exists("/")!.Value.Cversion);
        Assert.Equal(-2, client.Exists("/zookeeper")!.Value.Cversion);
    }

    [Fact]
    public void Timeout_asked_for_is_kept_within_bounds()
    {
        Assert.Equal(200, _bench.Connect(timeoutMs: 1).Session.TimeoutMs);
        Assert.Equal(2000, _bench.Connect(timeoutMs: 60_000).Session.TimeoutMs);
        Assert.Equal(500, _bench.Connect(timeoutMs: 500).Session.TimeoutMs);
    }

    [Fact]
    public void Nothing_is_answered_before_it_is_durable()
    {
        var client = _bench.Connect();
        var reader = _bench.Connect();
        _bench.Files.Fail(FileOperation.Sync, errno: 5, pathContains: "log.");
        client.Post(OpCode.Create, writer => BenchClient.WriteCreate(writer, "/a", "", ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent));
        reader.Post(OpCode.Exists, writer => BenchClient.WritePathAndWatch(writer, "/a", false));
        _bench.Time.RunUntilIdle();

        Assert.Empty(client.Sink.Received);
        Assert.Empty(reader.Sink.Received);
        Assert.True(client.IsClosed);
        Assert.Equal(5, _bench.Time.Await(_bench.Server.Failed).Errno);
    }

    [Fact]
    public void Requests_that_arrive_together_share_one_sync()
    {
        var clients = Enumerable.Range(0, 10).Select(_ => _bench.Connect()).ToArray();
        var before = _bench.Files.Count(FileOperation.Sync);
        for (var i = 0; i < clients.Length; i++)
        {
            var path = $"/{i}";
            clients[i].Post(OpCode.Create, writer => BenchClient.WriteCreate(writer, path, "", ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent));
        }

        _bench.Time.RunUntilIdle();
        Assert.All(clients, client => Assert.Equal(ZooKeeperError.None, client.NextReply().Header.Error));
        Assert.Equal(before + 1, _bench.Files.Count(FileOperation.Sync));
    }

    [Fact]
    public void Silent_session_expires_with_its_ephemerals_and_others_hear_of_it()
    {
        var silent = _bench.Connect(timeoutMs: 500);
        var other = _bench.Connect(timeoutMs: 2000);
        silent.Create("/e", mode: CreateMode.Ephemeral);
        other.Exists("/e", watch: true);
        _bench.Time.AdvanceMs(400);
        silent.Ask(OpCode.Ping, xid: SpecialXid.Ping);
        _bench.Time.AdvanceMs(400);
        Assert.False(silent.IsClosed);

        _bench.Time.AdvanceMs(200);
        Assert.True(silent.IsClosed);
        Assert.Null(other.Exists("/e"));
        Assert.Equal(["NodeDeleted /e"], other.Events);
        var back = _bench.Open();
        Assert.Equal(0, back.ConnectSession(new ConnectRequest(0, 500, silent.Session.SessionId, silent.Session.Password, false)).TimeoutMs);
        Assert.True(back.IsClosed);
    }

    [Fact]
    public void Session_moves_to_the_connection_that_shows_its_password()
    {
        var first = _bench.Connect();
        first.Create("/e", mode: CreateMode.Ephemeral);
        var thief = _bench.Open();
        Assert.Equal(0, thief.ConnectSession(new ConnectRequest(0, 500, first.Session.SessionId, new byte[16], false)).SessionId);
        Assert.False(first.IsClosed);

        var second = _bench.Open();
        var session = second.ConnectSession(new ConnectRequest(0, 500, first.Session.SessionId, first.Session.Password, false));
        Assert.Equal(first.Session.SessionId, session.SessionId);
        Assert.True(first.IsClosed);
        Assert.Equal(first.Session.SessionId, second.Exists("/e")!.Value.EphemeralOwner);
    }

    [Fact]
    public void Client_that_has_seen_the_future_is_refused()
    {
        var client = _bench.Open();
        client.ConnectSession(new ConnectRequest(1000, 500, 0, new byte[16], false));
        Assert.True(client.IsClosed);
        Assert.Empty(client.Sink.Received);
    }

    [Fact]
    public void Closing_a_session_deletes_its_ephemerals_in_one_transaction()
    {
        var client = _bench.Connect();
        var other = _bench.Connect();
        client.Create("/a", mode: CreateMode.Ephemeral);
        client.Create("/b", mode: CreateMode.Ephemeral);
        other.Children("/", watch: true);
        var (header, _) = client.Ask(OpCode.CloseSession);

        Assert.Equal(ZooKeeperError.None, header.Error);
        Assert.True(client.IsClosed);
        other.Settle();
        Assert.Equal(["NodeChildrenChanged /"], other.Events);
        Assert.Equal(header.Zxid, other.Exists("/")!.Value.Pzxid);
    }

    [Fact]
    public void Persistent_watches_stay_and_recursive_ones_hear_of_all_below()
    {
        var client = _bench.Connect();
        var writer = _bench.Connect();
        AddWatch(client, "/p", 0);
        AddWatch(client, "/r", 1);
        writer.Create("/p");
        writer.Create("/p/c");
        writer.Set("/p", "x");
        writer.Create("/r");
        writer.Create("/r/c");
        writer.Set("/r/c", "x");
        writer.Delete("/r/c");
        client.Settle();

        Assert.Equal(
            [
                "NodeCreated /p", "NodeChildrenChanged /p", "NodeDataChanged /p",
                "NodeCreated /r", "NodeCreated /r/c", "NodeDataChanged /r/c", "NodeDeleted /r/c",
            ],
            client.Events);
    }

    [Fact]
    public void Removed_watch_is_silent_and_removing_none_is_an_error()
    {
        var client = _bench.Connect();
        client.Create("/a");
        client.Get("/a", watch: true);
        Assert.Equal(ZooKeeperError.None, RemoveWatches(client, "/a"));
        Assert.Equal(ZooKeeperError.NoWatcher, RemoveWatches(client, "/a"));
        client.Set("/a", "x");
        Assert.Empty(client.Events);
    }

    [Fact]
    public void Ephemerals_and_descendants_can_be_counted()
    {
        var client = _bench.Connect();
        client.Create("/a");
        client.Create("/a/e", mode: CreateMode.Ephemeral);
        client.Create("/ab", mode: CreateMode.Ephemeral);
        var (_, body) = client.Ask(OpCode.GetEphemerals, writer => writer.WriteString("/a/"));
        var reader = new JuteReader(body);
        Assert.Equal(["/a/e"], reader.ReadStrings());
        (_, body) = client.Ask(OpCode.GetAllChildrenNumber, writer => writer.WriteString("/a"));
        reader = new JuteReader(body);
        Assert.Equal(1, reader.ReadInt());
    }

    [Fact]
    public void Several_reads_are_answered_in_one()
    {
        var client = _bench.Connect();
        client.Create("/a", "data");
        client.Create("/a/c");
        var (_, body) = client.Ask(OpCode.MultiRead, writer =>
        {
            foreach (var (type, path) in new[] { (OpCode.GetData, "/a"), (OpCode.GetChildren, "/a"), (OpCode.GetData, "/none") })
            {
                new MultiHeader(type, false, -1).Write(writer);
                BenchClient.WritePathAndWatch(writer, path, false);
            }

            MultiHeader.End.Write(writer);
        });
        var reader = new JuteReader(body);
        Assert.Equal(OpCode.GetData, MultiHeader.Read(ref reader).Type);
        Assert.Equal("data"u8.ToArray(), reader.ReadBuffer().ToArray());
        reader.ReadStat();
        Assert.Equal(OpCode.GetChildren, MultiHeader.Read(ref reader).Type);
        Assert.Equal(["c"], reader.ReadStrings());
        Assert.Equal(OpCode.Error, MultiHeader.Read(ref reader).Type);
        Assert.Equal(ZooKeeperError.NoNode, (ZooKeeperError)reader.ReadInt());
        Assert.True(MultiHeader.Read(ref reader).Done);
    }

    [Fact]
    public void Container_goes_once_its_last_child_has_gone_and_no_sooner()
    {
        var client = _bench.Connect();
        foreach (var path in new[] { "/emptied", "/never-used" })
        {
            client.Ask(OpCode.CreateContainer, writer => BenchClient.WriteCreate(writer, path, "", ZnodeAcl.OpenAclUnsafe, CreateMode.Container));
        }

        client.Create("/emptied/c");
        client.Delete("/emptied/c");
        _bench.Time.Advance(TimeSpan.FromMinutes(2));

        client = _bench.Connect();
        Assert.Equal(["never-used", "zookeeper"], client.Children("/"));
    }

    [Theory]
    [InlineData(OpCode.CreateTtl)]
    [InlineData(OpCode.Sasl)]
    [InlineData((OpCode)77)]
    [InlineData(OpCode.CreateSession)]
    public void Request_that_is_not_served_is_answered_so(OpCode type)
    {
        var client = _bench.Connect();
        var other = _bench.Connect();
        var (header, _) = client.Ask(type, writer =>
        {
            BenchClient.WriteCreate(writer, "/a", "", ZnodeAcl.OpenAclUnsafe, CreateMode.PersistentWithTtl);
            writer.WriteLong(1000);
        });

        Assert.Equal(ZooKeeperError.Unimplemented, header.Error);
        Assert.Equal(type != OpCode.CreateTtl, client.IsClosed);
        Assert.NotNull(other.Exists("/"));
    }

    /// <summary>Every request cut short anywhere, and with every length and count in it made absurd.</summary>
    [Fact]
    public void Malformed_request_closes_its_connection_and_no_other()
    {
        var bystander = _bench.Connect();
        bystander.Create("/bystander", mode: CreateMode.Ephemeral);
        foreach (var (type, body) in SampleRequests())
        {
            var frame = BenchClient.Encode(writer =>
            {
                new RequestHeader(1, type).Write(writer);
                body(writer);
            });
            for (var length = 0; length < frame.Length; length++)
            {
                var client = _bench.Connect();
                client.Deliver(frame[..length]);
                Assert.True(client.IsClosed || client.Sink.Received.Count == 1, $"{type} cut at {length}");
            }

            for (var position = 8; position + 4 <= frame.Length; position++)
            {
                var client = _bench.Connect();
                client.Deliver([.. frame[..position], 0x7f, 0xff, 0xff, 0xff, .. frame[(position + 4)..]]);
                client.Deliver([.. frame[..position], 0x80, 0, 0, 0, .. frame[(position + 4)..]]);
            }
        }

        Assert.NotNull(bystander.Exists("/bystander"));
        Assert.False(bystander.IsClosed);
    }

    [Theory]
    [InlineData("ruok", "imok")]
    [InlineData("isro", "rw")]
    [InlineData("srvr", "Mode: standalone")]
    [InlineData("srvr", "Latency min/avg/max: 0/0.0/0")]
    [InlineData("dirs", "datadir_size: ")]
    [InlineData("gtmk", "306")]
    [InlineData("wchc", "wchc is not executed because it is not in the whitelist.")]
    [InlineData("wchp", "wchp is not executed because it is not in the whitelist.")]
    [InlineData("crst", "crst is not executed because it is not in the whitelist.")]
    [InlineData("stat", "/127.0.0.1:50000[1](queued=0,recved=1,sent=1")]
    [InlineData("mntr", "zk_server_state\tstandalone")]
    [InlineData("conf", "tickTime=100")]
    [InlineData("cons", "/127.0.0.1:50000[1]")]
    [InlineData("dump", "Sessions with Ephemerals (0)")]
    [InlineData("wchs", "Total watches:0")]
    [InlineData("envi", "Environment:")]
    [InlineData("srst", "srst is not executed because it is not in the whitelist.")]
    public void Four_letter_words_are_answered_and_the_connection_closed(string word, string contained)
    {
        _bench.Connect();
        var client = _bench.Open();
        var connection = _bench.Loop.Run(() => Task.FromResult(_bench.Server.Accept(client.Sink, new(System.Net.IPAddress.Loopback, 1))));
        var bytes = (word[0] << 24) | (word[1] << 16) | (word[2] << 8) | word[3];
        Assert.True(FourLetterWords.IsWord(bytes));
        _bench.Loop.Execute(() => connection.ReceiveFourLetterWord(bytes));
        _bench.Time.RunUntilIdle();

        Assert.Contains(contained, Encoding.UTF8.GetString(client.Sink.Received.Dequeue()), StringComparison.Ordinal);
        Assert.True(client.IsClosed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(44)]
    [InlineData(0xfffff)]
    [InlineData(4 * 1024 * 1024)]
    [InlineData(-1)]
    [InlineData(0x72756f6c)]
    public void Length_is_not_taken_for_a_word(int length) => Assert.False(FourLetterWords.IsWord(length));

    private static void AddWatch(BenchClient client, string path, int mode) =>
        Assert.Equal(ZooKeeperError.None, client.Ask(OpCode.AddWatch, writer =>
        {
            writer.WriteString(path);
            writer.WriteInt(mode);
        }).Header.Error);

    private static ZooKeeperError RemoveWatches(BenchClient client, string path) => client.Ask(OpCode.RemoveWatches, writer =>
    {
        writer.WriteString(path);
        writer.WriteInt(3);
    }).Header.Error;

    private static IEnumerable<(OpCode Type, Action<JuteWriter> Body)> SampleRequests()
    {
        yield return (OpCode.Create, writer => BenchClient.WriteCreate(writer, "/m", "x", ZnodeAcl.OpenAclUnsafe, CreateMode.PersistentSequential));
        yield return (OpCode.GetData, writer => BenchClient.WritePathAndWatch(writer, "/bystander", true));
        yield return (OpCode.GetChildren2, writer => BenchClient.WritePathAndWatch(writer, "/", true));
        yield return (OpCode.SetAcl, writer =>
        {
            writer.WriteString("/m");
            writer.WriteAcl(ZnodeAcl.OpenAclUnsafe);
            writer.WriteInt(0);
        }
        );
        yield return (OpCode.SetWatches2, writer =>
        {
            new SetWatchesRequest(1, ["/a"], ["/b"], ["/c"], [], []).Write(writer);
            writer.WriteStrings(["/d"]);
            writer.WriteStrings(["/e"]);
        }
        );
        yield return (OpCode.Auth, writer => new AuthPacket("digest", "u:p"u8.ToArray()).Write(writer));
        yield return (OpCode.Multi, writer =>
        {
            new MultiHeader(OpCode.SetData, false, -1).Write(writer);
            writer.WriteString("/none");
            writer.WriteBuffer("x"u8);
            writer.WriteInt(0);
            MultiHeader.End.Write(writer);
        }
        );
    }
}
