using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Metadata.Tests.Stores;

public sealed class ZnodeClientTests
{
    private readonly MetadataFixture _fixture = new();

    [Fact]
    public void Top_level_paths_are_made_once_and_again_harmlessly()
    {
        _fixture.WithTopLevelPaths();
        _fixture.WithTopLevelPaths();
        Assert.All(PathZnodes.Persistent, path => Assert.NotNull(_fixture.Ensemble.Stat(path)));
        Assert.NotNull(_fixture.Ensemble.Stat("/config/ips"));
    }

    [Fact]
    public void A_call_made_while_disconnected_is_carried_out_after_the_next_connection()
    {
        _fixture.ZooKeeper.Disconnect();
        Task<bool>? creation = null;
        _fixture.Loop.Execute(() => creation = _fixture.Store.Znodes.CreateAsync("/a", default));
        _fixture.Time.AdvanceMs(60_000);
        Assert.False(creation!.IsCompleted);
        _fixture.ZooKeeper.Reconnect();
        Assert.True(_fixture.Time.Await(creation));
    }

    [Fact]
    public void Creating_what_another_made_says_so_and_what_a_lost_reply_made_does_not()
    {
        _fixture.FailNextWrite("/a", ZooKeeperFault.LostReply);
        Assert.True(_fixture.Run(() => _fixture.Store.Znodes.CreateAsync("/a", "mine"u8.ToArray())));
        Assert.False(_fixture.Run(() => _fixture.Store.Znodes.CreateAsync("/a", "mine"u8.ToArray())));
    }

    [Fact]
    public void An_expired_session_is_the_callers_business()
    {
        _fixture.Store.Session.Register(new StubbornListener());
        _fixture.Time.RunUntilIdle();
        _fixture.ZooKeeper.Expire();
        Assert.Throws<SessionExpiredException>(() => _fixture.Run(() => _fixture.Store.Znodes.GetDataAsync("/a")));
    }

    [Fact]
    public void What_ZooKeeper_does_not_say_of_an_ACL_is_no_failure()
    {
        _fixture.Ensemble.Put("/a", "x");
        Assert.True(_fixture.Run(() => _fixture.Store.Znodes.IsReadableByWorldAsync("/a")));
        Assert.False(_fixture.Run(() => _fixture.Store.Znodes.IsReadableByWorldAsync("/b")));
        _fixture.Store.Session.Register(new StubbornListener());
        _fixture.Time.RunUntilIdle();
        _fixture.ZooKeeper.Expire();
        Assert.False(_fixture.Run(() => _fixture.Store.Znodes.IsReadableByWorldAsync("/a")));
    }

    [Fact]
    public void Deleting_takes_children_first_and_passes_over_what_is_gone()
    {
        _fixture.Ensemble.Put("/a/b/c", "x");
        _fixture.Ensemble.Put("/a/d", "x");
        _fixture.Run(() => _fixture.Store.Znodes.DeleteRecursiveAsync("/a", ZnodeClient.Unfenced));
        _fixture.Run(() => _fixture.Store.Znodes.DeleteRecursiveAsync("/a", ZnodeClient.Unfenced));
        Assert.Equal(["/"], _fixture.Ensemble.Paths);
    }

    [Fact]
    public void With_secure_acls_only_the_creator_writes_and_secrets_are_not_readable()
    {
        var store = _fixture.StoreOf(_fixture.ZooKeeper, secureAcls: true);
        _fixture.Run(store.Cluster.CreateTopLevelPathsAsync);
        Assert.Equal([.. ZnodeAcl.CreatorAllAcl, .. ZnodeAcl.ReadAclUnsafe], _fixture.Ensemble.Acl("/brokers/topics")!);
        Assert.Equal(ZnodeAcl.CreatorAllAcl, _fixture.Ensemble.Acl("/config/users")!);
        Assert.Equal(ZnodeAcl.CreatorAllAcl, _fixture.Ensemble.Acl("/config/brokers")!);
        Assert.Equal(ZnodeAcl.OpenAclUnsafe, _fixture.Ensemble.Acl("/consumers")!);
    }

    [Fact]
    public void All_brokers_learn_the_one_cluster_id()
    {
        var drawn = _fixture.Run(_fixture.Store.Cluster.GetOrCreateClusterIdAsync);
        Assert.Equal(22, drawn.Length);
        var other = _fixture.StoreOf(_fixture.Ensemble.Connect(_fixture.Loop));
        Assert.Equal(drawn, _fixture.Run(other.Cluster.GetOrCreateClusterIdAsync));
    }

    [Fact]
    public void Generated_broker_ids_begin_above_the_reserved_ones()
    {
        Assert.Equal(1001, _fixture.Run(() => _fixture.Store.Cluster.GenerateBrokerIdAsync(1000)));
        Assert.Equal(1002, _fixture.Run(() => _fixture.Store.Cluster.GenerateBrokerIdAsync(1000)));
    }

    [Theory]
    [InlineData(ZooKeeperFault.None)]
    [InlineData(ZooKeeperFault.LostReply)]
    [InlineData(ZooKeeperFault.LostRequest)]
    public void No_producer_id_is_handed_out_twice(ZooKeeperFault fault)
    {
        _fixture.WithTopLevelPaths();
        _fixture.FailNextWrite(ProducerIdBlockZnode.Path, fault);
        Assert.Equal(new(1, 0, 999), _fixture.Run(() => _fixture.Store.ProducerIds.AllocateAsync(1)));
        Assert.Equal(new(2, 1000, 1999), _fixture.Run(() => _fixture.Store.ProducerIds.AllocateAsync(2)));
    }

    [Fact]
    public void A_changed_config_is_stored_before_it_is_announced()
    {
        _fixture.WithTopLevelPaths();
        _fixture.Run(
            () => _fixture.Store.Configs.ChangeAsync("clients", "c%201", new Dictionary<string, string> { ["producer_byte_rate"] = "5" }));
        Assert.Equal("""{"version":1,"config":{"producer_byte_rate":"5"}}""", _fixture.Ensemble.Text("/config/clients/c%201"));
        Assert.Equal("""{"version":2,"entity_path":"clients/c%201"}""", _fixture.Ensemble.Text("/config/changes/config_change_0000000000"));
        _fixture.Run(() => _fixture.Store.Configs.ChangeAsync("clients", "c%201", new Dictionary<string, string>()));
        Assert.Null(_fixture.Ensemble.Stat("/config/clients/c%201"));
        _fixture.Run(() => _fixture.Store.Configs.ChangeAsync("brokers", "<default>", new Dictionary<string, string>()));
        Assert.Equal("""{"version":1,"config":{}}""", _fixture.Ensemble.Text("/config/brokers/<default>"));
    }

    /// <summary>Never done with the old session, so that no new one begins.</summary>
    private sealed class StubbornListener : ClassicBroker.Metadata.Sessions.ISessionListener
    {
        public Task BeforeInitializingSessionAsync() => new TaskCompletionSource().Task;

        public void AfterInitializingSession() => throw new InvalidOperationException("There is no new session.");
    }
}
