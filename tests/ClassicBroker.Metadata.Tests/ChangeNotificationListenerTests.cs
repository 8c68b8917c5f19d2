using System.Text;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Metadata.Tests;

public sealed class ChangeNotificationListenerTests
{
    private readonly MetadataFixture _fixture = new MetadataFixture().WithTopLevelPaths();
    private readonly List<string> _handled = [];
    private readonly ChangeNotificationListener _listener;

    public ChangeNotificationListenerTests()
    {
        _listener = new(
            _fixture.Store.Znodes,
            _fixture.Store.Session,
            ConfigChangeZnode.ParentPath,
            ConfigChangeZnode.SequencePrefix,
            (name, data) =>
            {
                _handled.Add(ConfigChangeZnode.Decode(name, data));
                return Task.CompletedTask;
            },
            _fixture.Loop,
            NullLogger<ChangeNotificationListener>.Instance);
    }

    [Fact]
    public void Each_notification_is_handled_once_and_in_order()
    {
        Announce(3, "topics/a");
        Announce(12, "topics/b");
        _fixture.Run(_listener.StartAsync);
        Announce(13, "topics/c");
        _fixture.Time.RunUntilIdle();
        Assert.Equal(["topics/a", "topics/b", "topics/c"], _handled);
    }

    [Fact]
    public void A_notification_nobody_understands_does_not_stop_the_others()
    {
        Announce(1, "topics/a");
        _fixture.Ensemble.Put("/config/changes/config_change_0000000002", "garbage");
        _fixture.Ensemble.Put("/config/changes/stranger", "garbage");
        Announce(3, "topics/c");
        _fixture.Run(_listener.StartAsync);
        Assert.Equal(["topics/a", "topics/c"], _handled);
    }

    [Fact]
    public void What_came_while_the_session_was_lost_is_handled_in_the_next()
    {
        _fixture.Run(_listener.StartAsync);
        _fixture.ZooKeeper.Disconnect();
        _fixture.ZooKeeper.Expire();
        Announce(1, "topics/a");
        _fixture.ZooKeeper.Reconnect();
        _fixture.Time.RunUntilIdle();
        Assert.Equal(["topics/a"], _handled);
        Announce(2, "topics/b");
        _fixture.Time.RunUntilIdle();
        Assert.Equal(["topics/a", "topics/b"], _handled);
    }

    [Fact]
    public void Old_notifications_are_removed()
    {
        Announce(1, "topics/a");
        _fixture.Run(_listener.StartAsync);
        _fixture.Time.AdvanceMs(ChangeNotificationListener.ExpirationMs + 1);
        Announce(2, "topics/b");
        _fixture.Time.RunUntilIdle();
        Assert.Equal(["config_change_0000000002"], _fixture.Ensemble.Children("/config/changes"));
        Assert.Equal(["topics/a", "topics/b"], _handled);
    }

    [Fact]
    public void After_stopping_nothing_is_handled()
    {
        _fixture.Run(_listener.StartAsync);
        _listener.Stop();
        Announce(1, "topics/a");
        _fixture.Time.RunUntilIdle();
        Assert.Empty(_handled);
    }

    private void Announce(int number, string entity) =>
        _fixture.Ensemble.Put($"/config/changes/config_change_{number:D10}", Encoding.UTF8.GetString(ConfigChangeZnode.Encode(entity)));
}
