using ClassicBroker.Metadata.Sessions;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Metadata.Tests.Sessions;

public sealed class SessionLifecycleTests
{
    private static readonly int PauseMs = (int)SessionLifecycle.AuthFailedBackoff.TotalMilliseconds;

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

    /// <summary>In Kafka a broker stayed without a session until it was started again (KAFKA-5473); they may be refused more than once.</summary>
    [Fact]
    public void After_refused_credentials_another_session_begins_after_a_pause_and_watches_are_set_again()
    {
        var (session, zooKeeper) = (_fixture.Store.Session, _fixture.ZooKeeper);
        var features = new FinalizedFeatureListener(_fixture.Store, _fixture.Loop, NullLogger<FinalizedFeatureListener>.Instance);
        _fixture.Run(features.StartAsync);
        for (var version = 0; version < 4; version += 2)
        {
            var refused = zooKeeper.SessionId;
            zooKeeper.RefuseCredentials();
            PutFeatures();
            _fixture.Time.AdvanceMs(PauseMs - 1);
            Assert.Equal((ZooKeeperSessionState.AuthFailed, refused, false), (zooKeeper.State, zooKeeper.SessionId, session.IsCertain));
            Assert.NotEqual(version, features.Current?.Epoch);

            _fixture.Time.AdvanceMs(1);
            Assert.NotEqual(refused, zooKeeper.SessionId);
            Assert.True(session.IsCertain);
            Assert.Equal(version, features.Current?.Epoch);

            PutFeatures();
            Assert.Equal(version + 1, features.Current?.Epoch);
        }
    }

    [Fact]
    public void A_session_that_is_closed_in_the_pause_after_refused_credentials_stays_closed()
    {
        _fixture.ZooKeeper.RefuseCredentials();
        _fixture.Time.RunUntilIdle();
        _fixture.Run(_fixture.ZooKeeper.CloseAsync);
        _fixture.Time.AdvanceMs(PauseMs);
        Assert.Equal(ZooKeeperSessionState.Closed, _fixture.ZooKeeper.State);
    }

    private void PutFeatures()
    {
        _fixture.Ensemble.Put("/feature", """{"version":2,"status":1,"features":{}}""");
        _fixture.Time.RunUntilIdle();
    }
}
