using ClassicBroker.Testing.Loops;
using ClassicBroker.ZooKeeper.Jute;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.ZooKeeper.Tests.Client;

public sealed class ZooKeeperClientTests
{
    private static readonly ZnodeStat SomeStat = new(1, 2, 3, 4, 5, 6, 7, 0, 3, 0, 8);

    private readonly ManualTime _time = new();
    private readonly ManualEventLoop _loop;
    private readonly ManualEventLoop _userLoop;
    private readonly ScriptedConnector _connector = new();
    private readonly RecordingWatcher _watcher = new();

    public ZooKeeperClientTests()
    {
        _loop = _time.CreateLoop("zookeeper");
        _userLoop = _time.CreateLoop("user");
    }

    [Fact]
    public void First_connection_asks_for_a_new_session_and_reports_what_was_negotiated()
    {
        var client = StartClient();
        var asked = _connector.Last.AcceptSession(_time.RunUntilIdle, sessionId: 0x1234, timeoutMs: 4000);

        Assert.Equal(0, asked.SessionId);
        Assert.Equal(9000, asked.TimeoutMs);
        Assert.Equal(ZooKeeperSessionState.Connected, client.State);
        Assert.Equal(0x1234, client.SessionId);
        Assert.Equal(4000, client.NegotiatedSessionTimeoutMs);
        Assert.Equal(["Connected"], _watcher.Heard);
    }

    [Fact]
    public void Calls_made_before_the_connection_are_sent_in_their_order()
    {
        var client = StartClient();
        var read = client.GetDataAsync("/a", watch: false);
        var delete = client.DeleteAsync("/b", 3);
        _time.RunUntilIdle();
        var server = _connector.Last;
        server.AcceptSession(_time.RunUntilIdle);

        var first = server.NextRequest();
        var second = server.NextRequest();
        Assert.Equal(OpCode.GetData, first.Header.Type);
        Assert.Equal(OpCode.Delete, second.Header.Type);

        server.Reply(first.Header.Xid, 10, ZooKeeperError.None, writer =>
        {
            writer.WriteBuffer("abc"u8);
            writer.WriteStat(SomeStat);
        });
        server.Reply(second.Header.Xid, 11, ZooKeeperError.BadVersion);
        var data = _time.Await(read);
        Assert.Equal("abc"u8.ToArray(), data.Data);
        Assert.Equal(SomeStat, data.Stat);
        var refused = Assert.Throws<ZooKeeperException>(() => _time.Await(delete));
        Assert.Equal(ZooKeeperError.BadVersion, refused.Code);
        Assert.Equal("/b", refused.Path);
    }

    [Fact]
    public void Requests_in_flight_are_bounded()
    {
        var client = StartClient(options => options with { MaxInFlightRequests = 2 });
        var server = ConnectedServer();
        var calls = Enumerable.Range(0, 3).Select(i => client.ExistsAsync($"/{i}", watch: false)).ToArray();
        _time.RunUntilIdle();
        Assert.Equal(2, server.Sent.Count);

        server.Reply(server.NextRequest().Header.Xid, 1, ZooKeeperError.NoNode);
        Assert.Null(_time.Await(calls[0]));
        Assert.Equal(2, server.Sent.Count);
    }

    [Fact]
    public void Lost_connection_leaves_the_outcome_of_sent_calls_unknown_and_sends_the_others_later()
    {
        var client = StartClient(options => options with { MaxInFlightRequests = 1 });
        var server = ConnectedServer();
        var sent = client.SetDataAsync("/sent", "x"u8.ToArray(), 0);
        var unsent = client.DeleteAsync("/unsent", 0);
        _time.RunUntilIdle();
        server.Lose();
        _time.RunUntilIdle();

        Assert.Equal("/sent", Assert.Throws<ConnectionLossException>(() => _time.Await(sent)).Path);
        Assert.Equal(ZooKeeperSessionState.Connecting, client.State);
        var next = ConnectedServer();
        var request = next.NextRequest();
        Assert.Equal(OpCode.Delete, request.Header.Type);
        Assert.Empty(next.Sent);
        next.Reply(request.Header.Xid, 5, ZooKeeperError.None);
        _time.Await(unsent);
    }

    [Fact]
    public void Failed_attempt_to_connect_fails_the_calls_that_waited_for_it()
    {
        var client = StartClient();
        var call = client.GetChildrenAsync("/", watch: false);
        _time.RunUntilIdle();
        _connector.Last.Lose("refused");

        Assert.Throws<ConnectionLossException>(() => _time.Await(call));
    }

    [Fact]
    public void Reconnecting_carries_the_session_on_with_its_password_and_the_last_transaction_seen()
    {
        var client = StartClient();
        var server = ConnectedServer();
        var call = client.SyncAsync("/");
        _time.RunUntilIdle();
        server.Reply(server.NextRequest().Header.Xid, 0x500000007, ZooKeeperError.None, writer => writer.WriteString("/"));
        _time.Await(call);
        server.Lose();
        _time.RunUntilIdle();

        var asked = _connector.Last.AcceptSession(_time.RunUntilIdle);
        Assert.Equal(0x77, asked.SessionId);
        Assert.Equal(ScriptedServer.Password, asked.Password);
        Assert.Equal(0x500000007, asked.LastZxidSeen);
        Assert.Equal(["Connected", "Connecting", "Connected"], _watcher.Heard);
    }

    [Fact]
    public void Watches_that_have_not_fired_are_taken_up_by_the_next_connection()
    {
        var client = StartClient();
        var server = ConnectedServer();
        var calls = new Task[]
        {
            client.GetDataAsync("/data", watch: true),
            client.ExistsAsync("/there", watch: true),
            client.ExistsAsync("/missing", watch: true),
            client.GetChildrenAsync("/children", watch: true),
            client.GetDataAsync("/fired", watch: true),
            client.GetDataAsync("/unwatched", watch: false),
        };
        _time.RunUntilIdle();
        ReplyData(server);
        server.Reply(server.NextRequest().Header.Xid, 1, ZooKeeperError.None, writer => writer.WriteStat(SomeStat));
        server.Reply(server.NextRequest().Header.Xid, 1, ZooKeeperError.NoNode);
        server.Reply(server.NextRequest().Header.Xid, 1, ZooKeeperError.None, writer =>
        {
            writer.WriteStrings(["b", "a"]);
            writer.WriteStat(SomeStat);
        });
        ReplyData(server);
        ReplyData(server);
        _time.Await(Task.WhenAll(calls));
        Fire(server, WatchedEventType.NodeDataChanged, "/fired");
        server.Lose();
        _time.RunUntilIdle();

        var next = ConnectedServer();
        var (header, body) = next.NextRequest();
        Assert.Equal(new RequestHeader(SpecialXid.SetWatches, OpCode.SetWatches), header);
        var reader = new JuteReader(body);
        var request = SetWatchesRequest.Read(ref reader, OpCode.SetWatches);
        Assert.Equal(1, request.RelativeZxid);
        Assert.Equal(["/data", "/there"], request.Data);
        Assert.Equal(["/missing"], request.Exist);
        Assert.Equal(["/children"], request.Child);
    }

    [Fact]
    public void Expired_session_fails_every_call_until_a_new_one_is_started()
    {
        var client = StartClient();
        ConnectedServer().Lose();
        _time.RunUntilIdle();
        var waiting = client.ExistsAsync("/a", watch: false);
        var connected = client.WaitUntilConnectedAsync(CancellationToken.None);
        _time.RunUntilIdle();
        _connector.Last.AcceptSession(_time.RunUntilIdle, sessionId: 0, timeoutMs: 0);

        Assert.Equal(ZooKeeperSessionState.Expired, client.State);
        Assert.Throws<SessionExpiredException>(() => _time.Await(waiting));
        Assert.Throws<SessionExpiredException>(() => _time.Await(connected));
        Assert.Throws<SessionExpiredException>(() => _time.Await(client.SyncAsync("/")));
        var attempts = _connector.Attempts.Count;
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(attempts, _connector.Attempts.Count);

        client.StartNewSession();
        _time.RunUntilIdle();
        var asked = _connector.Last.AcceptSession(_time.RunUntilIdle, sessionId: 0x88);
        Assert.Equal(0, asked.SessionId);
        Assert.Equal(new byte[16], asked.Password);
        Assert.Equal(0x88, client.SessionId);
    }

    [Fact]
    public void Session_is_not_declared_dead_while_no_server_answers()
    {
        var client = StartClient();
        ConnectedServer().Lose();
        for (var i = 0; i < 100; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            _connector.Last.Lose("refused");
        }

        Assert.Equal(ZooKeeperSessionState.Connecting, client.State);
        Assert.DoesNotContain("Expired", _watcher.Heard);
    }

    [Fact]
    public void Silent_client_pings_after_a_third_and_gives_up_after_two_thirds_of_the_timeout()
    {
        StartClient();
        var server = ConnectedServer();
        _time.AdvanceMs(2999);
        Assert.Empty(server.Sent);
        _time.AdvanceMs(1);
        Assert.Equal(new RequestHeader(SpecialXid.Ping, OpCode.Ping), server.NextRequest().Header);
        server.Reply(SpecialXid.Ping, 1, ZooKeeperError.None);

        _time.AdvanceMs(3000);
        Assert.Equal(OpCode.Ping, server.NextRequest().Header.Type);
        _time.AdvanceMs(2999);
        Assert.False(server.IsClosed);
        _time.AdvanceMs(1);
        Assert.True(server.IsClosed);
        Assert.Equal(["Connected", "Connecting"], _watcher.Heard);
    }

    [Fact]
    public void Server_that_takes_the_connection_but_gives_no_session_is_left()
    {
        StartClient();
        var server = _connector.Last;
        server.Accept();
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.True(server.IsClosed);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, _connector.Attempts.Count);
    }

    [Fact]
    public void Servers_are_tried_in_turn_without_a_pause_until_all_have_failed()
    {
        StartClient(options => options with { Connect = ZooKeeperConnectString.Parse("a,b,c:99") });
        _connector.Last.Lose();
        _time.RunUntilIdle();
        _connector.Last.Lose();
        _time.RunUntilIdle();
        Assert.Equal(["a:2181", "b:2181", "c:99"], _connector.Attempts.Select(attempt => attempt.Address.ToString()));

        _connector.Last.Lose();
        _time.AdvanceMs(999);
        Assert.Equal(3, _connector.Attempts.Count);
        _time.AdvanceMs(1);
        Assert.Equal("a:2181", _connector.Last.Address.ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Answer_that_makes_no_sense_ends_the_connection_and_leaves_the_outcome_unknown(bool wrongXid)
    {
        var client = StartClient();
        var server = ConnectedServer();
        var call = client.GetDataAsync("/a", watch: false);
        _time.RunUntilIdle();
        var xid = server.NextRequest().Header.Xid;
        server.Reply(wrongXid ? xid + 1 : xid, 1, ZooKeeperError.None, writer => writer.WriteInt(int.MaxValue));

        Assert.True(server.IsClosed);
        Assert.Throws<ConnectionLossException>(() => _time.Await(call));
    }

    [Fact]
    public void Paths_count_from_the_chroot()
    {
        var client = StartClient(options => options with { Connect = ZooKeeperConnectString.Parse("h:1/kafka/one") });
        var server = ConnectedServer();
        var create = client.CreateAsync("/brokers", default, ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent);
        var children = client.GetChildrenAsync("/", watch: true);
        var multi = client.MultiAsync([new CreateOp("/x", default, ZnodeAcl.OpenAclUnsafe, CreateMode.EphemeralSequential)]);
        _time.RunUntilIdle();

        Assert.Equal("/kafka/one/brokers", PathOf(server, out var xid));
        server.Reply(xid, 1, ZooKeeperError.None, writer =>
        {
            writer.WriteString("/kafka/one/brokers");
            writer.WriteStat(SomeStat);
        });
        Assert.Equal("/kafka/one", PathOf(server, out xid));
        server.Reply(xid, 1, ZooKeeperError.None, writer =>
        {
            writer.WriteStrings(["b", "a"]);
            writer.WriteStat(SomeStat);
        });
        server.Reply(server.NextRequest().Header.Xid, 1, ZooKeeperError.None, writer =>
        {
            new MultiHeader(OpCode.Create2, false, 0).Write(writer);
            writer.WriteString("/kafka/one/x0000000001");
            writer.WriteStat(SomeStat);
            MultiHeader.End.Write(writer);
        });
        Fire(server, WatchedEventType.NodeChildrenChanged, "/kafka/one");

        Assert.Equal("/brokers", _time.Await(create).Path);
        Assert.Equal(["a", "b"], _time.Await(children).Names);
        Assert.Equal("/x0000000001", _time.Await(multi).Results[0].Path);
        Assert.Contains("NodeChildrenChanged /", _watcher.Heard);
    }

    [Fact]
    public void Failed_multi_is_a_result_and_names_the_operation_that_failed()
    {
        var client = StartClient();
        var server = ConnectedServer();
        var multi = client.MultiAsync([new CheckOp("/epoch", 3), new SetDataOp("/a", default, 1), new DeleteOp("/b", -1)]);
        _time.RunUntilIdle();
        server.Reply(server.NextRequest().Header.Xid, 1, ZooKeeperError.None, writer =>
        {
            foreach (var error in new[] { ZooKeeperError.None, ZooKeeperError.BadVersion, ZooKeeperError.RuntimeInconsistency })
            {
                new MultiHeader(OpCode.Error, false, (int)error).Write(writer);
                writer.WriteInt((int)error);
            }

            MultiHeader.End.Write(writer);
        });

        var result = _time.Await(multi);
        Assert.False(result.Committed);
        Assert.Equal(1, result.FailedIndex);
        Assert.Equal(ZooKeeperError.BadVersion, result.Error);
    }

    [Fact]
    public void Identities_are_shown_again_on_every_connection()
    {
        var client = StartClient();
        var added = client.AddAuthAsync("digest", "u:p"u8.ToArray());
        _time.RunUntilIdle();
        var server = ConnectedServer();
        Assert.Equal(new RequestHeader(SpecialXid.Auth, OpCode.Auth), server.NextRequest().Header);
        server.Reply(SpecialXid.Auth, 0, ZooKeeperError.None);
        _time.Await(added);
        server.Lose();
        _time.RunUntilIdle();

        var (header, body) = ConnectedServer().NextRequest();
        Assert.Equal(SpecialXid.Auth, header.Xid);
        var reader = new JuteReader(body);
        Assert.Equal("u:p"u8.ToArray(), AuthPacket.Read(ref reader).Credentials);
    }

    [Fact]
    public void Refused_identity_ends_the_session_for_this_client()
    {
        var client = StartClient();
        var server = ConnectedServer();
        var added = client.AddAuthAsync("kerberos", default);
        _time.RunUntilIdle();
        server.Reply(SpecialXid.Auth, 0, ZooKeeperError.AuthFailed);
        _time.RunUntilIdle();

        Assert.Equal(ZooKeeperSessionState.AuthFailed, client.State);
        Assert.Equal(ZooKeeperError.AuthFailed, Assert.Throws<ZooKeeperException>(() => _time.Await(added)).Code);
        Assert.Equal(ZooKeeperError.AuthFailed, Assert.Throws<ZooKeeperException>(() => _time.Await(client.SyncAsync("/"))).Code);
    }

    [Fact]
    public void Watcher_on_another_loop_hears_an_event_before_the_answer_that_shows_it()
    {
        var client = StartClient();
        var server = ConnectedServer();
        var order = new List<string>();
        var call = _userLoop.Run<Task>(() => Task.FromResult<Task>(ReadAsync()));
        server.Reply(SpecialXid.WatchEvent, -1, ZooKeeperError.None, writer => new WatcherEvent(3, 3, "/a").Write(writer));
        ReplyData(server);
        _time.Await(call);

        Assert.Equal(["NodeDataChanged /a", "answer"], order);

        async Task ReadAsync()
        {
            var read = client.GetDataAsync("/a", watch: true);
            await read;
            order.AddRange(_watcher.Heard.Skip(1));
            order.Add("answer");
        }
    }

    [Fact]
    public void Closing_ends_the_session_at_the_server_and_every_later_call_here()
    {
        var client = StartClient();
        var server = ConnectedServer();
        var closed = client.CloseAsync();
        _time.RunUntilIdle();
        var request = server.NextRequest();
        Assert.Equal(OpCode.CloseSession, request.Header.Type);
        Assert.False(closed.IsCompleted);
        server.Reply(request.Header.Xid, 9, ZooKeeperError.None);
        _time.Await(closed);

        Assert.True(server.IsClosed);
        Assert.Equal(ZooKeeperError.SessionClosed, Assert.Throws<ZooKeeperException>(() => _time.Await(client.SyncAsync("/"))).Code);
        Assert.Single(_connector.Attempts);
    }

    [Fact]
    public void Starting_a_new_session_closes_the_living_one()
    {
        var client = StartClient();
        var server = ConnectedServer();
        client.StartNewSession();
        _time.RunUntilIdle();

        Assert.Equal(OpCode.CloseSession, server.NextRequest().Header.Type);
        Assert.True(server.IsClosed);
        Assert.Equal(0, _connector.Last.AcceptSession(_time.RunUntilIdle).SessionId);
    }

    [Fact]
    public void Waiting_for_a_connection_can_be_given_up()
    {
        var client = StartClient();
        using var patience = new CancellationTokenSource();
        var connected = client.WaitUntilConnectedAsync(patience.Token);
        patience.Cancel();

        Assert.Throws<TaskCanceledException>(() => _time.Await(connected));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("/a/")]
    [InlineData("/a//b")]
    [InlineData("/a/../b")]
    public void Path_that_is_none_is_refused_without_asking(string path)
    {
        var client = StartClient();
        var server = ConnectedServer();

        Assert.Equal(ZooKeeperError.BadArguments, Assert.Throws<ZooKeeperException>(() => _time.Await(client.GetDataAsync(path, false))).Code);
        Assert.Empty(server.Sent);
    }

    [Fact]
    public void Request_larger_than_the_server_takes_is_refused_without_asking()
    {
        var client = StartClient(options => options with { RequestBytesMax = 1024 });
        var server = ConnectedServer();

        var refused = Assert.Throws<ZooKeeperException>(() => _time.Await(client.SetDataAsync("/a", new byte[1024], -1)));
        Assert.Equal(ZooKeeperError.MarshallingError, refused.Code);
        Assert.Empty(server.Sent);
    }

    private static void ReplyData(ScriptedServer server) => server.Reply(server.NextRequest().Header.Xid, 1, ZooKeeperError.None, writer =>
    {
        writer.WriteBuffer(default);
        writer.WriteStat(SomeStat);
    });

    private static string PathOf(ScriptedServer server, out int xid)
    {
        var (header, body) = server.NextRequest();
        xid = header.Xid;
        var reader = new JuteReader(body);
        return reader.ReadString();
    }

    private void Fire(ScriptedServer server, WatchedEventType type, string path)
    {
        server.Reply(SpecialXid.WatchEvent, -1, ZooKeeperError.None, writer => new WatcherEvent((int)type, 3, path).Write(writer));
        _time.RunUntilIdle();
    }

    private ZooKeeperClient StartClient(Func<ZooKeeperClientOptions, ZooKeeperClientOptions>? change = null)
    {
        var options = new ZooKeeperClientOptions { Connect = ZooKeeperConnectString.Parse("localhost:2181"), SessionTimeoutMs = 9000 };
        options = change?.Invoke(options) ?? options;
        var client = ZooKeeperClient.Start(options, _connector, _loop, new FixedRandom(), NullLogger.Instance);
        client.SetWatcher(_watcher, _userLoop);
        _time.RunUntilIdle();
        return client;
    }

    private ScriptedServer ConnectedServer()
    {
        var server = _connector.Last;
        server.AcceptSession(_time.RunUntilIdle);
        return server;
    }
}
