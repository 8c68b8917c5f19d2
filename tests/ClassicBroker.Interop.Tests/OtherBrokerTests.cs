using ClassicBroker.Testing.Processes;
using Peer = Confluent.Kafka;

namespace ClassicBroker.Interop.Tests;

/// <summary>
/// Samples against brokers we did not write: librdkafka's mock cluster, which lives in one of its producers. Groups are left out: the mock
/// offers a version of JoinGroup that it cannot read.
/// </summary>
public sealed class OtherBrokerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Samples_write_and_read_at_librdkafkas_mock_cluster_and_kcat_reads_the_same()
    {
        using var mock = new Peer.ProducerBuilder<Peer.Null, string>(
            new Dictionary<string, string> { ["bootstrap.servers"] = "replaced:1", ["test.mock.num.brokers"] = "3" }).Build();
        using var admin = new Peer.DependentAdminClientBuilder(mock.Handle).Build();
        var brokers = string.Join(',', admin.GetMetadata("orders", Limit).Brokers.Select(broker => $"{broker.Host}:{broker.Port}"));

        var modern = (await ChildProcess.RunAsync(RepositoryLayout.Program("ProduceAndConsume"), [brokers, "orders"])).RequireSuccess().Text;
        Assert.Equal(10, modern.Split('\n').Count(line => line.StartsWith("wrote ", StringComparison.Ordinal)));
        Assert.Equal(10, modern.Split('\n').Count(line => line.StartsWith("read ", StringComparison.Ordinal)));
        var classic = (await ChildProcess.RunAsync(
            RepositoryLayout.Program("ClassicProduce"), [brokers, "orders", "sync"], "k:a\nk:b\nk:c\n"u8.ToArray())).RequireSuccess();
        Assert.Equal("sent 3", classic.Text.Trim());

        var kcat = (await ChildProcess.RunAsync("kcat", ["-b", brokers, "-t", "orders", "-C", "-e", "-q", "-f", "%p %s\n"])).RequireSuccess();
        var read = kcat.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToLookup(line => line[0], line => line[1]);
        Assert.Equal(["a", "b", "c"], read.Single(partition => partition.Contains("a")).Where(value => value.Length == 1));
        Assert.Equal(10, read.Sum(partition => partition.Count(value => value == "paid")));

        var (number, values) = read.Select(partition => (partition.Key, partition.ToArray())).MaxBy(partition => partition.Item2.Length);
        var simple = (await ChildProcess.RunAsync(
            RepositoryLayout.Program("SimpleRead"), [brokers, "orders", number, "smallest", $"{values.Length}"])).RequireSuccess();
        Assert.Equal(values, simple.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[^1]));
    }
}
