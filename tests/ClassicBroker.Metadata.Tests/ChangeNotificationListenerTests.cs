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
                var (type, entity) = ConfigChangeZnode.Decode(name, data);
                _handled.Add($"{type}/{entity}");
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
        string[] garbage =
        [
            "garbage", "", "{}", "[]", "null", "{\"version\":2}", "{\"version\":2,\"entity_path\":\"topics\"}",
            "{\"version\":2,\"entity_path\":\"users\"}", "{\"version\":2,\"entity_path\":\"topics/\"}",
            "{\"version\":2,\"entity_path\":\"/topics/a\"}", "{\"version\":2,\"entity_path\":\"topics/a/b\"}",
            "{\"version\":2,\"entity_path\":\"strangers/a\"}", "{\"version\":2,\"entity_path\":\"users/u/clients\"}",
            "{\"version\":2,\"entity_path\":7}", "{\"version\":99999999999,\"entity_path\":\"topics/a\"}",
            "{\"version\":2,\"entity_path\":\"topics/\\ud800\"}",
        ];
        foreach (var (index, text) in garbage.Index())
        {
            _fixture.Ensemble.Put($"/config/changes/config_change_{100 + index:D10}", text);
        }

        _fixture.Ensemble.Put("/config/changes/stranger", "garbage");
        Announce(300, "topics/c");
        _fixture.Run(_listener.StartAsync);
        Assert.Equal(["topics/a", "topics/c"], _handled);
        Announce(301, "users/u/clients/c");
        _fixture.Time.RunUntilIdle();
        Assert.Equal("users/u/clients/c", _handled[^1]);
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
