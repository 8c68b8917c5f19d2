using System.Reflection;
using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.TestHost.Tests.Admin;

/// <summary>Calls about several things of which one lies on a broker that is stopped: it alone fails.</summary>
public sealed class BrokerDownTests
{
    private const int Stopped = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static TopicPartition On(int broker) => new("spread", broker);

    private static Dictionary<TopicPartition, long> OnEach(long number) => Enumerable.Range(0, 3).ToDictionary(On, _ => number);

    /// <summary>All succeeded but the one of the stopped broker, whose failure tells what it is about.</summary>
    private static void OnlyStoppedFailed(IEnumerable<(int Broker, KafkaException? Failure)> results)
    {
        var all = results.OrderBy(result => result.Broker).ToArray();
        Assert.Equal([0, 1, Stopped], all.Select(result => result.Broker));
        Assert.Equal([true, true, false], all.Select(result => result.Failure is null));
    }

    [Fact]
    public void Every_result_that_can_tell_a_failure_throws_it_when_asked()
    {
        var results = typeof(AdminClient).Assembly.GetExportedTypes()
            .Where(type => type.GetProperty("Failure") is not null || type.GetProperty("Failures") is not null)
            .ToArray();
        Assert.NotEmpty(results);
        Assert.All(results, type => Assert.NotNull(type.GetMethod("ThrowIfFailed", BindingFlags.Public | BindingFlags.Instance, [])));
    }

    [Fact]
    public async Task What_lies_on_other_brokers_is_told_and_done_all_the_same()
    {
        await using var kafka = await TestKafka.StartAsync(brokers: 3);
        await using var admin = new AdminClient(new AdminConfig
        {
            BootstrapServers = kafka.BootstrapServers,
            DefaultApiTimeout = TimeSpan.FromSeconds(5),
        });
        (await admin.CreateTopicsAsync([new NewTopic("spread") { Assignments = [[0], [1], [2]] }]))[0].ThrowIfFailed();
        await using (var producer = new KafkaProducer<string?, string?>(
            ProducerConfig.ForReliability(kafka.BootstrapServers), Serdes.String, Serdes.String))
        {
            for (var partition = 0; partition < 3; partition++)
            {
                await producer.ProduceAsync(new ProducerRecord<string?, string?>("spread", null, "record") { Partition = partition });
            }
        }

        Assert.Empty((await admin.ListGroupsAsync()).Failures);
        var paths = (await admin.DescribeLogDirsAsync(kafka.BrokerIds)).ToDictionary(
            broker => broker.BrokerId, broker => broker.ThrowIfFailed().Directories[0].Path);
        await kafka.StopBrokerAsync(Stopped);

        var offsets = await admin.ListOffsetsAsync(OnEach(-1)).WaitAsync(Patience);
        OnlyStoppedFailed(offsets.Values.Select(offset => (offset.Partition.Partition, offset.Failure)));
        Assert.Equal([1, 1], offsets.Values.Where(offset => offset.Failure is null).Select(offset => offset.Found?.Offset));
        Assert.Equal(On(Stopped), Assert.IsType<KafkaTimeoutException>(offsets[On(Stopped)].Failure).TopicPartition);

        var directories = await admin.DescribeLogDirsAsync(kafka.BrokerIds).WaitAsync(Patience);
        OnlyStoppedFailed(directories.Select(broker => (broker.BrokerId, broker.Failure)));
        Assert.All(directories.Take(2), broker => Assert.Equal(paths[broker.BrokerId], Assert.Single(broker.Directories).Path));
        Assert.Equal(Stopped, Assert.Throws<KafkaException>(directories[Stopped].ThrowIfFailed).BrokerId);

        var configs = await admin.DescribeConfigsAsync([.. kafka.BrokerIds.Select(id => ConfigResource.Broker(id))]).WaitAsync(Patience);
        OnlyStoppedFailed(kafka.BrokerIds.Zip(configs, (id, config) => (id, config.Failure)));

        var deleted = await admin.DeleteRecordsAsync(OnEach(1)).WaitAsync(Patience);
        OnlyStoppedFailed(deleted.Select(result => (result.Partition.Partition, result.Failure)));
        Assert.Equal([1, 1, -1], deleted.Select(result => result.LowWatermark));

        var moved = await admin.AlterReplicaLogDirsAsync([.. kafka.BrokerIds.Select(id => new ReplicaLogDir(On(id), id, paths[id]))])
            .WaitAsync(Patience);
        OnlyStoppedFailed(moved.Select(result => (result.Replica.BrokerId, result.Failure)));
    }
}
