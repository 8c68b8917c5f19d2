using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Server.Tests.Conformance;

/// <summary>What a ZooKeeper server does, asked of Apache's and of ours through our client.</summary>
public abstract class ConformanceTests(IZooKeeperUnderTest server) : IAsyncLifetime
{
    private static readonly ReadOnlyMemory<byte> Empty = ReadOnlyMemory<byte>.Empty;

    private TestClient? _client;

    private IZooKeeper ZooKeeper => _client!.ZooKeeper;

    public async ValueTask InitializeAsync() => _client = await ConnectAsync();

    public async ValueTask DisposeAsync() => await _client!.DisposeAsync();

    [Fact]
    public async Task Created_znode_has_the_stat_of_a_first_version()
    {
        var root = await NewRootAsync();
        var created = await ZooKeeper.CreateAsync($"{root}/a", Bytes("data"), ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent);
        var read = await ZooKeeper.GetDataAsync($"{root}/a", watch: false);

        Assert.Equal($"{root}/a", created.Path);
        Assert.Equal("data", Encoding.UTF8.GetString(read.Data));
        Assert.Equal(created.Stat, read.Stat);
        Assert.Equal(read.Stat, await ZooKeeper.ExistsAsync($"{root}/a", watch: false));
        Assert.Equal(read.Stat.Czxid, read.Stat.Mzxid);
        Assert.Equal(read.Stat.Czxid, read.Stat.Pzxid);
        Assert.Equal((0, 0, 0, 0L, 4, 0), (read.Stat.Version, read.Stat.Cversion, read.Stat.Aversion, read.Stat.EphemeralOwner, read.Stat.DataLength, read.Stat.ChildCount));
    }

    [Fact]
    public async Task Setting_data_moves_version_and_mzxid_and_nothing_else()
    {
        var path = await NewRootAsync();
        var before = (await ZooKeeper.ExistsAsync(path, watch: false))!.Value;
        var after = await ZooKeeper.SetDataAsync(path, Bytes("x"), 0);

        Assert.True(after.Mzxid > before.Mzxid);
        Assert.Equal(before with { Mzxid = after.Mzxid, MtimeMs = after.MtimeMs, Version = 1, DataLength = 1 }, after);
        await RefusedAsync(ZooKeeperError.BadVersion, () => ZooKeeper.SetDataAsync(path, Empty, 0));
        Assert.Equal(2, (await ZooKeeper.SetDataAsync(path, Empty, ZnodeVersion.Any)).Version);
    }

    [Fact]
    public async Task Children_coming_and_going_move_cversion_and_pzxid_of_the_parent()
    {
        var root = await NewRootAsync();
        var created = await CreateAsync($"{root}/a");
        await CreateAsync($"{root}/b");
        await ZooKeeper.DeleteAsync($"{root}/a", ZnodeVersion.Any);
        var deletedTwo = (await ZooKeeper.ExistsAsync(root, watch: false))!.Value;

        Assert.Equal((3, 1, 0), (deletedTwo.Cversion, deletedTwo.ChildCount, deletedTwo.Version));
        Assert.True(deletedTwo.Pzxid > created.Stat.Czxid);
        Assert.True(deletedTwo.Mzxid < deletedTwo.Pzxid);
    }

    [Fact]
    public async Task Children_are_listed_in_order()
    {
        var root = await NewRootAsync();
        foreach (var name in new[] { "b", "a", "10", "9", "B" })
        {
            await CreateAsync($"{root}/{name}");
        }

        var children = await ZooKeeper.GetChildrenAsync(root, watch: false);
        Assert.Equal(["10", "9", "B", "a", "b"], children.Names);
        Assert.Equal(5, children.Stat.ChildCount);
        Assert.Empty((await ZooKeeper.GetChildrenAsync($"{root}/a", watch: false)).Names);
    }

    [Fact]
    public async Task What_cannot_be_done_is_refused_with_its_code()
    {
        var root = await NewRootAsync();
        await CreateAsync($"{root}/a");
        await CreateAsync($"{root}/a/b");
        await CreateAsync($"{root}/e", CreateMode.Ephemeral);

        await RefusedAsync(ZooKeeperError.NodeExists, () => CreateAsync($"{root}/a"));
        await RefusedAsync(ZooKeeperError.NoNode, () => CreateAsync($"{root}/none/b"));
        await RefusedAsync(ZooKeeperError.NoChildrenForEphemerals, () => CreateAsync($"{root}/e/b"));
        await RefusedAsync(ZooKeeperError.NotEmpty, () => ZooKeeper.DeleteAsync($"{root}/a", ZnodeVersion.Any));
        await RefusedAsync(ZooKeeperError.BadVersion, () => ZooKeeper.DeleteAsync($"{root}/a/b", 7));
        await RefusedAsync(ZooKeeperError.NoNode, () => ZooKeeper.DeleteAsync($"{root}/none", ZnodeVersion.Any));
        await RefusedAsync(ZooKeeperError.NoNode, () => ZooKeeper.SetDataAsync($"{root}/none", Empty, ZnodeVersion.Any));
        await RefusedAsync(ZooKeeperError.NoNode, () => ZooKeeper.GetDataAsync($"{root}/none", watch: false));
        await RefusedAsync(ZooKeeperError.NoNode, () => ZooKeeper.GetChildrenAsync($"{root}/none", watch: false));
        await RefusedAsync(ZooKeeperError.NoNode, () => ZooKeeper.GetAclAsync($"{root}/none"));
        await RefusedAsync(ZooKeeperError.BadArguments, () => ZooKeeper.DeleteAsync("/zookeeper", ZnodeVersion.Any));
        await RefusedAsync(ZooKeeperError.Unimplemented, () => ZooKeeper.CreateAsync($"{root}/ttl", Empty, ZnodeAcl.OpenAclUnsafe, CreateMode.PersistentWithTtl));
        Assert.Null(await ZooKeeper.ExistsAsync($"{root}/none", watch: false));
    }

    [Fact]
    public async Task Sequential_names_count_creations_under_the_parent()
    {
        var root = await NewRootAsync();
        Assert.Equal($"{root}/n0000000000", (await CreateAsync($"{root}/n", CreateMode.PersistentSequential)).Path);
        await CreateAsync($"{root}/other");
        await ZooKeeper.DeleteAsync($"{root}/n0000000000", ZnodeVersion.Any);
        Assert.Equal($"{root}/m0000000002", (await CreateAsync($"{root}/m", CreateMode.EphemeralSequential)).Path);
        Assert.Equal($"{root}/0000000003", (await CreateAsync($"{root}/", CreateMode.PersistentSequential)).Path);
    }

    [Fact]
    public async Task Ephemeral_znodes_go_when_their_session_is_closed()
    {
        var root = await NewRootAsync();
        var other = await ConnectAsync();
        var created = await other.ZooKeeper.CreateAsync($"{root}/e", Empty, ZnodeAcl.OpenAclUnsafe, CreateMode.Ephemeral);
        Assert.Equal(other.ZooKeeper.SessionId, created.Stat.EphemeralOwner);
        Assert.NotNull(await ZooKeeper.ExistsAsync($"{root}/e", watch: true));
        await other.DisposeAsync();

        await _client!.HearAsync($"NodeDeleted {root}/e");
        Assert.Null(await ZooKeeper.ExistsAsync($"{root}/e", watch: false));
    }

    [Fact]
    public async Task Watches_fire_once_each_for_what_they_watch()
    {
        var root = await NewRootAsync();
        await using var writer = await ConnectAsync();
        Assert.Null(await ZooKeeper.ExistsAsync($"{root}/a", watch: true));
        await ZooKeeper.GetChildrenAsync(root, watch: true);
        await writer.ZooKeeper.CreateAsync($"{root}/a", Empty, ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent);
        await SettleAsync();
        Assert.Equal([$"NodeCreated {root}/a", $"NodeChildrenChanged {root}"], _client!.EventsHeard());

        await ZooKeeper.GetDataAsync($"{root}/a", watch: true);
        await writer.ZooKeeper.SetDataAsync($"{root}/a", Bytes("1"), ZnodeVersion.Any);
        await writer.ZooKeeper.SetDataAsync($"{root}/a", Bytes("2"), ZnodeVersion.Any);
        await writer.ZooKeeper.CreateAsync($"{root}/b", Empty, ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent);
        await SettleAsync();
        Assert.Equal([$"NodeDataChanged {root}/a"], _client.EventsHeard());

        await ZooKeeper.ExistsAsync($"{root}/a", watch: true);
        await ZooKeeper.GetChildrenAsync($"{root}/a", watch: true);
        await ZooKeeper.GetChildrenAsync(root, watch: true);
        await writer.ZooKeeper.DeleteAsync($"{root}/a", ZnodeVersion.Any);
        await SettleAsync();
        var heard = _client.EventsHeard();
        Assert.Equal([$"NodeDeleted {root}/a", $"NodeChildrenChanged {root}"], heard.Distinct());
    }

    [Fact]
    public async Task Event_comes_before_the_answer_that_shows_it()
    {
        var root = await NewRootAsync();
        await using var writer = await ConnectAsync();
        await _client!.Loop.InvokeAsync(async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                await ZooKeeper.GetDataAsync(root, watch: true);
                var write = writer.ZooKeeper.SetDataAsync(root, Bytes($"{i}"), ZnodeVersion.Any);
                while ((await ZooKeeper.GetDataAsync(root, watch: false)).Stat.Version <= i)
                {
                }

                Assert.Equal([$"NodeDataChanged {root}"], _client.EventsHeard());
                await write;
            }
        });
    }

    [Fact]
    public async Task Multi_happens_whole_and_tells_what_each_operation_did()
    {
        var root = await NewRootAsync();
        await CreateAsync($"{root}/old");
        var result = await ZooKeeper.MultiAsync(
        [
            new CheckOp(root, 0),
            new CreateOp($"{root}/a", Bytes("1"), ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent),
            new CreateOp($"{root}/a/s", Empty, ZnodeAcl.OpenAclUnsafe, CreateMode.PersistentSequential),
            new SetDataOp($"{root}/a", Bytes("22"), 0),
            new DeleteOp($"{root}/old", 0),
        ]);

        Assert.True(result.Committed);
        Assert.Equal([null, $"{root}/a", $"{root}/a/s0000000000", null, null], result.Results.Select(one => one.Path));
        Assert.Null(result.Results[1].Stat);
        var set = result.Results[3].Stat!.Value;
        Assert.Equal((1, 2, set.Czxid), (set.Version, set.DataLength, set.Mzxid));
        Assert.Equal(["a"], (await ZooKeeper.GetChildrenAsync(root, watch: false)).Names);
        Assert.Equal(set, await ZooKeeper.ExistsAsync($"{root}/a", watch: false));
    }

    [Fact]
    public async Task A_create_with_stat_is_answered_in_a_multi_as_one_without()
    {
        var root = await NewRootAsync();
        await using var raw = new RawConnection(server.Port);
        await raw.ConnectSessionAsync(10_000);
        Assert.Equal((OpCode.Create, 0), await raw.Create2InMultiAsync($"{root}/n"));
        Assert.NotNull(await ZooKeeper.ExistsAsync($"{root}/n", watch: false));
    }

    [Fact]
    public async Task Failed_multi_leaves_no_trace()
    {
        var root = await NewRootAsync();
        var before = await ZooKeeper.ExistsAsync(root, watch: false);
        var result = await ZooKeeper.MultiAsync(
        [
            new CreateOp($"{root}/a", Empty, ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent),
            new SetDataOp(root, Bytes("x"), 0),
            new CheckOp($"{root}/a", 5),
            new DeleteOp($"{root}/a", 0),
        ]);

        Assert.Equal(2, result.FailedIndex);
        Assert.Equal(
            [ZooKeeperError.None, ZooKeeperError.None, ZooKeeperError.BadVersion, ZooKeeperError.RuntimeInconsistency],
            result.Results.Select(one => one.Error));
        Assert.Equal(before, await ZooKeeper.ExistsAsync(root, watch: false));
        Assert.True((await ZooKeeper.MultiAsync([])).Committed);
    }

    [Fact]
    public async Task Digest_acl_lets_in_only_whoever_knows_the_password()
    {
        var root = await NewRootAsync();
        await ZooKeeper.AddAuthAsync("digest", Bytes("admin:secret"));
        await ZooKeeper.CreateAsync($"{root}/closed", Bytes("x"), ZnodeAcl.CreatorAllAcl, CreateMode.Persistent);
        var access = await ZooKeeper.GetAclAsync($"{root}/closed");
        Assert.Equal([new ZnodeAcl(ZnodePermissions.All, "digest", "admin:fvr2cB/fjGeAiX8g1aGhUm3ZICk=")], access.Acl);

        await using var stranger = await ConnectAsync();
        await RefusedAsync(ZooKeeperError.NoAuth, () => stranger.ZooKeeper.GetDataAsync($"{root}/closed", watch: false));
        await RefusedAsync(ZooKeeperError.NoAuth, () => stranger.ZooKeeper.SetDataAsync($"{root}/closed", Empty, -1));
        await RefusedAsync(ZooKeeperError.NoAuth, () => stranger.ZooKeeper.GetChildrenAsync($"{root}/closed", watch: false));
        await RefusedAsync(ZooKeeperError.NoAuth, () => stranger.ZooKeeper.CreateAsync($"{root}/closed/c", Empty, ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent));
        Assert.NotNull(await stranger.ZooKeeper.ExistsAsync($"{root}/closed", watch: false));
        Assert.Equal(ZooKeeperError.NoAuth, (await stranger.ZooKeeper.MultiAsync([new SetDataOp($"{root}/closed", Empty, -1)])).Error);
        await stranger.ZooKeeper.AddAuthAsync("digest", Bytes("admin:wrong"));
        await RefusedAsync(ZooKeeperError.NoAuth, () => stranger.ZooKeeper.GetDataAsync($"{root}/closed", watch: false));
        await stranger.ZooKeeper.AddAuthAsync("digest", Bytes("admin:secret"));
        Assert.Equal("x", Encoding.UTF8.GetString((await stranger.ZooKeeper.GetDataAsync($"{root}/closed", watch: false)).Data));
    }

    [Fact]
    public async Task Acl_can_be_changed_under_its_own_version()
    {
        var root = await NewRootAsync();
        var readOnly = await ZooKeeper.SetAclAsync(root, ZnodeAcl.ReadAclUnsafe, 0);
        Assert.Equal((1, 0), (readOnly.Aversion, readOnly.Version));
        Assert.Equal(ZnodeAcl.ReadAclUnsafe, (await ZooKeeper.GetAclAsync(root)).Acl);
        await RefusedAsync(ZooKeeperError.NoAuth, () => CreateAsync($"{root}/a"));
        await RefusedAsync(ZooKeeperError.NoAuth, () => ZooKeeper.SetAclAsync(root, ZnodeAcl.OpenAclUnsafe, -1));

        var other = await NewRootAsync();
        await RefusedAsync(ZooKeeperError.BadVersion, () => ZooKeeper.SetAclAsync(other, ZnodeAcl.OpenAclUnsafe, 3));
        await RefusedAsync(ZooKeeperError.InvalidAcl, () => ZooKeeper.SetAclAsync(other, [], -1));
        await RefusedAsync(ZooKeeperError.InvalidAcl, () => ZooKeeper.SetAclAsync(other, [new(ZnodePermissions.All, "digest", "nocolon")], -1));
        await RefusedAsync(ZooKeeperError.InvalidAcl, () => ZooKeeper.SetAclAsync(other, [new(ZnodePermissions.All, "world", "me")], -1));
        await using var nobody = await ConnectAsync();
        await RefusedAsync(ZooKeeperError.InvalidAcl, () => nobody.ZooKeeper.SetAclAsync(other, ZnodeAcl.CreatorAllAcl, -1));
    }

    [Fact]
    public async Task Digests_are_hidden_from_whoever_may_not_change_them()
    {
        var root = await NewRootAsync();
        await using var owner = await ConnectAsync();
        await owner.ZooKeeper.AddAuthAsync("digest", Bytes("o:p"));
        await owner.ZooKeeper.CreateAsync($"{root}/a", Empty, [.. ZnodeAcl.CreatorAllAcl, .. ZnodeAcl.ReadAclUnsafe], CreateMode.Persistent);

        Assert.Contains(await SeenAsync(ZooKeeper), entry => entry is { Scheme: "digest", Id: "o:x" });
        Assert.DoesNotContain(await SeenAsync(owner.ZooKeeper), entry => entry.Id == "o:x");

        async Task<IReadOnlyList<ZnodeAcl>> SeenAsync(IZooKeeper asker) => (await asker.GetAclAsync($"{root}/a")).Acl;
    }

    [Fact]
    public async Task Address_acl_means_addresses_and_networks()
    {
        var root = await NewRootAsync();
        await ZooKeeper.CreateAsync($"{root}/near", Empty, [new(ZnodePermissions.All, "ip", "127.0.0.0/8")], CreateMode.Persistent);
        await ZooKeeper.CreateAsync($"{root}/far", Empty, [new(ZnodePermissions.All, "ip", "10.1.2.3")], CreateMode.Persistent);
        await ZooKeeper.GetDataAsync($"{root}/near", watch: false);
        await RefusedAsync(ZooKeeperError.NoAuth, () => ZooKeeper.GetDataAsync($"{root}/far", watch: false));
    }

    [Fact]
    public async Task Unknown_authentication_scheme_ends_the_session_for_its_client()
    {
        await using var client = await ConnectAsync();
        await RefusedAsync(ZooKeeperError.AuthFailed, () => client.ZooKeeper.AddAuthAsync("nobody-knows-this", Empty));
        Assert.Equal(ZooKeeperSessionState.AuthFailed, client.ZooKeeper.State);
    }

    [Fact]
    public async Task Chroot_is_the_root_of_its_client()
    {
        var root = await NewRootAsync();
        await using var inside = await TestClient.ConnectAsync(server.ConnectString + root);
        var created = await inside.ZooKeeper.CreateAsync("/n", Bytes("x"), ZnodeAcl.OpenAclUnsafe, CreateMode.PersistentSequential);
        Assert.Equal("/n0000000000", created.Path);
        await inside.ZooKeeper.GetChildrenAsync("/", watch: true);
        await CreateAsync($"{root}/b");

        await inside.HearAsync("NodeChildrenChanged /");
        Assert.Equal(["b", "n0000000000"], (await inside.ZooKeeper.GetChildrenAsync("/", watch: false)).Names);
        Assert.NotNull(await ZooKeeper.ExistsAsync($"{root}/n0000000000", watch: false));
    }

    [Fact]
    public async Task Large_data_passes()
    {
        var root = await NewRootAsync();
        var data = new byte[1_000_000];
        data.AsSpan().Fill(0x5a);
        await ZooKeeper.SetDataAsync(root, data, ZnodeVersion.Any);
        Assert.Equal(data, (await ZooKeeper.GetDataAsync(root, watch: false)).Data);
    }

    [Theory]
    [InlineData(5 * 1024 * 1024)]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    public async Task Absurd_length_ends_its_connection_only(int length)
    {
        await using var raw = new RawConnection(server.Port);
        await raw.ConnectSessionAsync(10_000);
        await raw.SendBytesAsync([(byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length, 0, 0, 0, 1]);
        Assert.True(await raw.IsClosedByServerAsync());
        Assert.NotNull(await ZooKeeper.ExistsAsync("/", watch: false));
    }

    [Fact]
    public async Task Session_taken_over_by_another_connection_lives_on_there()
    {
        var root = await NewRootAsync();
        await using var first = new RawConnection(server.Port);
        var session = await first.ConnectSessionAsync(10_000);
        await using var second = new RawConnection(server.Port);
        var same = await second.ConnectSessionAsync(10_000, session.SessionId, session.Password);
        Assert.Equal(session.SessionId, same.SessionId);
        Assert.True(await first.IsClosedByServerAsync());
        Assert.NotNull(await ZooKeeper.ExistsAsync(root, watch: false));
    }

    [Fact]
    public async Task Wrong_session_password_is_answered_as_an_expired_session()
    {
        await using var first = new RawConnection(server.Port);
        var session = await first.ConnectSessionAsync(10_000);
        await using var second = new RawConnection(server.Port);
        var refused = await second.ConnectSessionAsync(10_000, session.SessionId, new byte[16]);
        Assert.Equal(0, refused.TimeoutMs);
        Assert.Equal(0, refused.SessionId);
    }

    [Fact]
    public async Task Session_closed_from_elsewhere_is_seen_as_expired_and_a_new_one_works()
    {
        var root = await NewRootAsync();
        await using var victim = await TestClient.ConnectAsync(server.ConnectString, sessionTimeoutMs: 2000);
        await victim.ZooKeeper.CreateAsync($"{root}/e", Empty, ZnodeAcl.OpenAclUnsafe, CreateMode.Ephemeral);
        await RawConnection.CloseFromElsewhereAsync(server.Port, victim.ZooKeeper.SessionId);

        await victim.HearAsync("Expired");
        await Assert.ThrowsAsync<SessionExpiredException>(() => victim.ZooKeeper.ExistsAsync(root, watch: false));
        victim.ZooKeeper.StartNewSession();
        await victim.ZooKeeper.WaitUntilConnectedAsync(CancellationToken.None);
        Assert.Null(await victim.ZooKeeper.ExistsAsync($"{root}/e", watch: false));
    }

    [Fact]
    public async Task Session_nothing_is_heard_of_expires_and_its_ephemerals_go()
    {
        var root = await NewRootAsync();
        await using var silent = new RawConnection(server.Port);
        var session = await silent.ConnectSessionAsync(600);
        Assert.Equal(600, session.TimeoutMs);
        await silent.CreateEphemeralAsync($"{root}/e");
        Assert.NotNull(await ZooKeeper.ExistsAsync($"{root}/e", watch: true));

        await _client!.HearAsync($"NodeDeleted {root}/e");
        Assert.True(await silent.IsClosedByServerAsync());
        await using var late = new RawConnection(server.Port);
        Assert.Equal(0, (await late.ConnectSessionAsync(600, session.SessionId, session.Password)).SessionId);
    }

    [Theory]
    [InlineData("ruok", "imok")]
    [InlineData("srvr", "Mode: standalone")]
    [InlineData("stat", "Clients:")]
    [InlineData("mntr", "zk_znode_count")]
    [InlineData("isro", "rw")]
    [InlineData("conf", "clientPort=")]
    [InlineData("dump", "Sessions with Ephemerals")]
    [InlineData("wchs", "Total watches:")]
    [InlineData("envi", "zookeeper.version=")]
    public async Task Four_letter_words_are_answered(string word, string contained) =>
        Assert.Contains(contained, await FourLetterWord.AskAsync(server.Port, word), StringComparison.Ordinal);

    [Fact]
    public async Task Requests_are_answered_in_their_order_however_many_are_under_way()
    {
        var root = await NewRootAsync();
        var writes = Enumerable.Range(0, 500).Select(i => ZooKeeper.SetDataAsync(root, Bytes($"{i}"), i)).ToArray();
        var stats = await Task.WhenAll(writes);
        Assert.Equal(Enumerable.Range(1, 500), stats.Select(stat => stat.Version));
    }

    [Fact]
    public async Task Server_that_dies_and_returns_has_all_it_acknowledged_and_fires_the_watches_it_missed()
    {
        var root = await NewRootAsync();
        await using var client = await TestClient.ConnectAsync(server.ConnectString, sessionTimeoutMs: 6000);
        await client.ZooKeeper.CreateAsync($"{root}/e", Bytes("x"), ZnodeAcl.OpenAclUnsafe, CreateMode.Ephemeral);
        await client.ZooKeeper.GetDataAsync(root, watch: true);
        var sessionId = client.ZooKeeper.SessionId;
        await server.RestartAsync();
        await client.HearAsync("Connecting");
        await client.ZooKeeper.WaitUntilConnectedAsync(CancellationToken.None);

        Assert.Equal(sessionId, client.ZooKeeper.SessionId);
        Assert.Equal(sessionId, (await client.ZooKeeper.GetDataAsync($"{root}/e", watch: false)).Stat.EphemeralOwner);
        await ZooKeeper.WaitUntilConnectedAsync(CancellationToken.None);
        await ZooKeeper.SetDataAsync(root, Bytes("y"), ZnodeVersion.Any);
        await client.HearAsync($"NodeDataChanged {root}");
    }

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static async Task RefusedAsync(ZooKeeperError code, Func<Task> call) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<ZooKeeperException>(call)).Code);

    private Task<TestClient> ConnectAsync() => TestClient.ConnectAsync(server.ConnectString);

    private Task<CreatedZnode> CreateAsync(string path, CreateMode mode = CreateMode.Persistent) =>
        ZooKeeper.CreateAsync(path, Empty, ZnodeAcl.OpenAclUnsafe, mode);

    private async Task<string> NewRootAsync() => (await CreateAsync("/t", CreateMode.PersistentSequential)).Path;

    /// <summary>Once this is answered, every event of earlier changes has come: on the loop of the watcher, where the wire's order holds.</summary>
    private Task SettleAsync() => _client!.Loop.InvokeAsync(() => ZooKeeper.SyncAsync("/"));
}
