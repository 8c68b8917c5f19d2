using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Metadata.Tests;

public sealed class FinalizedFeatureListenerTests
{
    private readonly MetadataFixture _fixture = new MetadataFixture().WithTopLevelPaths();
    private readonly FinalizedFeatureListener _listener;

    public FinalizedFeatureListenerTests()
    {
        _listener = new(_fixture.Store, _fixture.Loop, NullLogger<FinalizedFeatureListener>.Instance);
        _fixture.Run(_listener.StartAsync);
    }

    [Fact]
    public void Features_show_when_they_come_change_and_go()
    {
        Assert.Null(_listener.Current);
        Put("""{"version":2,"status":1,"features":{}}""");
        Assert.Equal(0, _listener.Current!.Epoch);
        Put("""{"version":2,"status":1,"features":{"f":{"max_version_level":3}}}""");
        Assert.Equal(1, _listener.Current!.Epoch);
        Assert.Equal(3, _listener.Current.Features.MaxVersionLevels["f"]);
        Put("""{"version":2,"status":0,"features":{}}""");
        Assert.Null(_listener.Current);
        Put("""{"version":2,"status":1,"features":{}}""");
        _fixture.Ensemble.Remove("/feature");
        _fixture.Time.RunUntilIdle();
        Assert.Null(_listener.Current);
    }

    [Fact]
    public void What_cannot_be_read_leaves_what_was_known_and_a_new_session_reads_again()
    {
        Put("""{"version":2,"status":1,"features":{}}""");
        Put("garbage");
        Assert.Equal(0, _listener.Current!.Epoch);
        _fixture.ZooKeeper.Disconnect();
        _fixture.ZooKeeper.Expire();
        _fixture.Ensemble.Put("/feature", """{"version":2,"status":1,"features":{}}""");
        _fixture.ZooKeeper.Reconnect();
        _fixture.Time.RunUntilIdle();
        Assert.Equal(2, _listener.Current!.Epoch);
    }

    private void Put(string text)
    {
        _fixture.Ensemble.Put("/feature", text);
        _fixture.Time.RunUntilIdle();
    }
}
