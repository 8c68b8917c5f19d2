using System.Text;
using ClassicBroker.Primitives;
using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed class MetaPropertiesEnsembleTests
{
    private static readonly string[] Directories = ["/data/a", "/data/b"];

    private readonly StorageHarness _harness = new();

    public MetaPropertiesEnsembleTests()
    {
        _harness.Files.CreateDirectory("/data/a");
        _harness.Files.CreateDirectory("/data/b");
    }

    [Fact]
    public void Missing_files_are_written_and_read_back()
    {
        var ensemble = Load();
        Assert.Null(ensemble.BrokerId);
        ensemble.Verify(new(3), "cluster-x");

        ensemble.WriteMissing(new(3), "cluster-x", _harness.Time.GetUtcNow(), (_, failure) => throw failure);

        Assert.Equal((new BrokerId(3), "cluster-x"), (Load().BrokerId, Load().ClusterId));
        Assert.Equal(
            "#\n#Thu Jan 01 00:00:00 UTC 2026\ncluster.id=cluster-x\nbroker.id=3\nversion=0\n",
            Encoding.UTF8.GetString(_harness.ReadFile("/data/b/meta.properties")));
    }

    [Fact]
    public void Files_of_kafka_2_2_without_a_cluster_id_are_completed()
    {
        Write("/data/a", "#\n#Sat Nov 21 06:07:58 UTC 2026\nbroker.id=0\nversion=0\n");

        Load().WriteMissing(new(0), "c", _harness.Time.GetUtcNow(), (_, failure) => throw failure);

        Assert.Equal("c", Load().ClusterId);
    }

    [Fact]
    public void Another_cluster_is_refused_with_both_ids_the_file_and_both_ways_out()
    {
        Write("/data/b", "version=0\nbroker.id=1\ncluster.id=old\n");

        var message = Assert.Throws<LogDirectoryException>(() => Load().Verify(new(1), "new")).Message;

        foreach (var part in new[] { "old", "new", "/data/b/meta.properties", "zookeeper.connect", "remove all data in /data/b" })
        {
            Assert.Contains(part, message);
        }
    }

    [Fact]
    public void Another_broker_is_refused_with_both_ids()
    {
        Write("/data/a", "version=0\nbroker.id=1\n");

        var message = Assert.Throws<LogDirectoryException>(() => Load().Verify(new(2), "c")).Message;

        Assert.Contains("Configured broker.id 2 doesn't match stored broker.id 1", message);
    }

    [Theory]
    [InlineData("version=0\nbroker.id=1\n", "version=0\nbroker.id=2\n")]
    [InlineData("version=0\ncluster.id=x\n", "version=0\nbroker.id=2\ncluster.id=y\n")]
    [InlineData("version=1\nnode.id=1\n", "")]
    [InlineData("version=0\nbroker.id=one\n", "")]
    public void Contradictions_and_foreign_versions_are_refused(string first, string second)
    {
        Write("/data/a", first);
        Write("/data/b", second);

        Assert.Contains("/data/a", Assert.Throws<LogDirectoryException>(Load).Message);
    }

    private MetaPropertiesEnsemble Load() => MetaPropertiesEnsemble.Load(_harness.Files, Directories);

    private void Write(string directory, string content) =>
        _harness.WriteFile($"{directory}/meta.properties", Encoding.UTF8.GetBytes(content));
}
