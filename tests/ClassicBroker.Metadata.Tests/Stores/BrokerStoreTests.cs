using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Metadata.Tests.Stores;

public sealed class BrokerStoreTests
{
    private readonly MetadataFixture _fixture = new MetadataFixture().WithTopLevelPaths();

    [Fact]
    public void The_epoch_is_the_czxid_and_the_version_starts_at_1()
    {
        var epoch = Register();
        var stat = _fixture.Ensemble.Stat("/brokers/ids/1")!.Value;
        Assert.Equal(stat.Czxid, epoch);
        Assert.Equal(1, stat.Version);
        Assert.Equal(_fixture.ZooKeeper.SessionId, stat.EphemeralOwner);
    }

    [Theory]
    [InlineData(ZooKeeperFault.LostReply)]
    [InlineData(ZooKeeperFault.LostRequest)]
    public void A_lost_connection_does_not_keep_a_broker_from_registering(ZooKeeperFault fault)
    {
        _fixture.FailNextWrite("/brokers/ids", fault);
        Assert.Equal(Register(), _fixture.Ensemble.Stat("/brokers/ids/1")!.Value.Czxid);
    }

    [Fact]
    public void A_registration_of_an_expired_session_of_ours_is_replaced()
    {
        var before = Register();
        var old = _fixture.ZooKeeper;
        var store = _fixture.Store;

        // The ensemble has told us of the expiry, but the znode still stands: a session is a mere number to it.
        var standing = _fixture.Ensemble.Stat("/brokers/ids/1")!.Value;
        Assert.Equal(old.SessionId, standing.EphemeralOwner);
        old.ReplaceSessionKeepingEphemerals();
        var after = _fixture.Run(() => store.Brokers.RegisterAsync(MetadataFixture.Broker(1)));
        Assert.True(after > before);
        Assert.Equal(old.SessionId, _fixture.Ensemble.Stat("/brokers/ids/1")!.Value.EphemeralOwner);
    }

    [Fact]
    public void A_registration_left_by_a_killed_broker_is_outwaited()
    {
        Register();
        _fixture.ZooKeeper.Crash();
        var next = _fixture.StoreOf(_fixture.Ensemble.Connect(_fixture.Loop));
        var registration = next.Brokers.RegisterAsync;
        var pending = Start(() => registration(MetadataFixture.Broker(1)));
        _fixture.Time.AdvanceMs(17_000);
        Assert.False(pending.IsCompleted);
        _fixture.ZooKeeper.Expire();
        _fixture.Time.AdvanceMs(300);
        Assert.Equal(_fixture.Ensemble.Stat("/brokers/ids/1")!.Value.Czxid, _fixture.Time.Await(pending));
    }

    [Fact]
    public void The_id_of_a_killed_broker_is_free_once_its_session_has_expired()
    {
        Register();
        _fixture.ZooKeeper.Crash();
        var next = _fixture.StoreOf(_fixture.Ensemble.Connect(_fixture.Loop));
        var pending = Start(async () =>
        {
            await next.Brokers.AwaitFreeIdAsync(1);
            return 0L;
        });
        _fixture.Time.AdvanceMs(17_000);
        Assert.False(pending.IsCompleted);
        _fixture.ZooKeeper.Expire();
        _fixture.Time.AdvanceMs(300);
        Assert.True(pending.IsCompletedSuccessfully);
    }

    [Fact]
    public void An_id_held_by_no_session_or_by_the_brokers_own_is_free()
    {
        _fixture.Run(() => _fixture.Store.Brokers.AwaitFreeIdAsync(1));
        Register();
        _fixture.Run(() => _fixture.Store.Brokers.AwaitFreeIdAsync(1));
    }

    [Fact]
    public void A_live_broker_of_the_same_id_is_refused_once_its_session_must_have_expired()
    {
        Register();
        var next = _fixture.StoreOf(_fixture.Ensemble.Connect(_fixture.Loop));
        var pending = Start(() => next.Brokers.RegisterAsync(MetadataFixture.Broker(1)));
        _fixture.Time.AdvanceMs(40_000);
        var refusal = Assert.Throws<DuplicateBrokerException>(() => _fixture.Time.Await(pending));
        Assert.Contains("Broker id 1 is in use", refusal.Message);
    }

    [Fact]
    public void An_address_that_another_broker_advertises_is_refused()
    {
        Register();
        var thief = MetadataFixture.Broker(1) with { Id = 2 };
        var next = _fixture.StoreOf(_fixture.Ensemble.Connect(_fixture.Loop));
        var refusal = Assert.Throws<DuplicateBrokerException>(() => _fixture.Run(() => next.Brokers.RegisterAsync(thief)));
        Assert.Equal("Configured end points host1:9092 in advertised listeners are already registered by broker 1", refusal.Message);
    }

    [Fact]
    public void All_live_brokers_are_listed_by_number()
    {
        foreach (var id in new[] { 10, 9, 2 })
        {
            var store = _fixture.StoreOf(_fixture.Ensemble.Connect(_fixture.Loop));
            _fixture.Run(() => store.Brokers.RegisterAsync(MetadataFixture.Broker(id)));
        }

        Assert.Equal([2, 9, 10], _fixture.Run(_fixture.Store.Brokers.GetAllAsync).Select(broker => broker.Id));
    }

    private long Register() => _fixture.Run(() => _fixture.Store.Brokers.RegisterAsync(MetadataFixture.Broker(1)));

    private Task<long> Start(Func<Task<long>> work)
    {
        var outcome = new TaskCompletionSource<long>();
        _fixture.Loop.Execute(async () =>
        {
            try
            {
                outcome.SetResult(await work());
            }
            catch (DuplicateBrokerException refusal)
            {
                outcome.SetException(refusal);
            }
        });
        _fixture.Time.RunUntilIdle();
        return outcome.Task;
    }
}
