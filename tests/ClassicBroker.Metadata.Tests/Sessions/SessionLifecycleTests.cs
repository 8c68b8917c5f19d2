namespace ClassicBroker.Metadata.Tests.Sessions;

public sealed class SessionLifecycleTests
{
    private readonly MetadataFixture _fixture = new();

    [Fact]
    public void A_session_stands_for_certain_until_it_was_silent_for_its_timeout()
    {
        var (session, zooKeeper) = (_fixture.Store.Session, _fixture.ZooKeeper);
        _fixture.Time.AdvanceMs(zooKeeper.NegotiatedSessionTimeoutMs);
        Assert.True(session.IsCertain);
        zooKeeper.Disconnect();
        _fixture.Time.AdvanceMs(zooKeeper.NegotiatedSessionTimeoutMs - 1);
        Assert.True(session.IsCertain);
        _fixture.Time.AdvanceMs(1);
        Assert.False(session.IsCertain);
        zooKeeper.Reconnect();
        Assert.True(session.IsCertain);
    }

    [Fact]
    public void An_expired_session_does_not_stand_and_the_next_one_does()
    {
        _fixture.ZooKeeper.Expire();
        Assert.False(_fixture.Store.Session.IsCertain);
        _fixture.Time.RunUntilIdle();
        Assert.True(_fixture.Store.Session.IsCertain);
    }
}
