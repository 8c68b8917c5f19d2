using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.Testing.Files;

namespace ClassicBroker.Server.Tests.Crashes;

/// <summary>
/// A broker that dies at any file operation while topics are made, filled, deleted and made again: it starts on what is left, without
/// help, and every topic is there whole or not at all.
/// </summary>
public sealed class TopicLifeCrashTests
{
    private const int Topics = 2;
    private const int Doomed = 1;
    private const int Partitions = 2;
    private const int Enospc = 28;

    /// <summary>Longer than a deleted log lies in its directory.</summary>
    private const int DeletionMs = 200;

    /// <summary>Every append is synced, so that a power cut may take nothing that was acknowledged; deleted logs go soon.</summary>
    private static readonly string[] Properties = ["log.flush.interval.messages=1", "log.segment.delete.delay.ms=100"];

    private static readonly string[] Names = [.. Enumerable.Range(0, Topics).Select(i => $"t{i}")];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Topics_are_whole_or_not_there_wherever_the_broker_dies(bool isPowerCut)
    {
        var operations = Count(broker => Live(broker));
        Assert.True(operations > 50, $"{operations} file operations");
        for (var nth = 1; nth <= operations; nth++)
        {
            var broker = new InProcessBroker(Properties);
            broker.DieAt(nth, isPowerCut);
            Assert.True(Kills(() => Live(broker)), $"operation {nth} of {operations} was not reached");
            broker.StartAgain();
            AssertWhole(broker, nth);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stop_that_is_cut_off_anywhere_loses_nothing(bool isPowerCut)
    {
        var operations = Count(broker => broker.Stop(), Fill);
        for (var nth = 1; nth <= operations; nth++)
        {
            var broker = new InProcessBroker(Properties);
            Fill(broker);
            broker.DieAt(nth, isPowerCut);
            Assert.True(Kills(broker.Stop), $"operation {nth} of {operations} was not reached");
            broker.StartAgain();
            var client = broker.Connect();
            foreach (var name in Names)
            {
                var read = client.Fetch(name, 0, 0).Responses[0].Partitions[0];
                Assert.True(
                    read.ErrorCode == ErrorCode.None && BrokerClient.Values(read.Records) is [var value] && value == name,
                    $"killed at {nth} of {operations}: {name} answers {read.ErrorCode} and ends at {read.HighWatermark}");
                Assert.Equal(1, client.Produce(name, 0, -1, "next").BaseOffset);
            }
        }
    }

    [Theory]
    [InlineData(FileOperation.Open)]
    [InlineData(FileOperation.Write)]
    [InlineData(FileOperation.Preallocate)]
    public void A_disk_that_is_full_when_a_segment_is_made_takes_its_directory_only(FileOperation operation)
    {
        var broker = new InProcessBroker("log.dirs=/data/a,/data/b", "log.preallocate=true");
        var client = broker.Connect();
        client.CreateTopic("t", 2, ("segment.bytes", "1000"));
        broker.Files.Fail(operation, Enospc, pathContains: "t-0/00000000000000000002", lasting: true);
        var acked = Enumerable.Range(0, 6).Select(_ => client.Produce("t", 0, 1, new string('x', 300)).ErrorCode)
            .TakeWhile(error => error == ErrorCode.None).Count();
        Assert.Equal(2, acked);
        Assert.Equal(ErrorCode.KafkaStorageError, client.Produce("t", 0, 1, "x").ErrorCode);
        Assert.Equal(ErrorCode.None, client.Produce("t", 1, 1, "x").ErrorCode);
        Assert.Null(broker.Halted);

        broker.Stop();
        broker.Files.Heal();
        broker.Start();
        client = broker.Connect();
        Assert.Equal(2, client.Fetch("t", 0, 0).Responses[0].Partitions[0].HighWatermark);
        Assert.Equal(2, client.Produce("t", 0, 1, "again").BaseOffset);
    }

    /// <summary>The file operations of some work.</summary>
    private static int Count(Action<InProcessBroker> work, Action<InProcessBroker>? before = null)
    {
        var broker = new InProcessBroker(Properties);
        before?.Invoke(broker);
        var count = 0;
        broker.Files.Before = (_, _) => count++;
        work(broker);
        return count;
    }

    private static bool Kills(Action work)
    {
        try
        {
            work();
            return false;
        }
        catch (Exception death) when (death is ProcessKilledException or InvalidOperationException)
        {
            // Killed while it worked, or left unanswered by one that was.
            return true;
        }
    }

    private static void Fill(InProcessBroker broker)
    {
        var client = broker.Connect();
        foreach (var name in Names)
        {
            client.CreateTopic(name);
            Assert.Equal(ErrorCode.None, client.Produce(name, 0, -1, name).ErrorCode);
        }
    }

    private static void Live(InProcessBroker broker)
    {
        var client = broker.Connect();
        Create(client, Names);
        foreach (var name in Names)
        {
            client.Produce(name, 0, -1, name);
        }

        string[] doomed = [.. Names.Take(Doomed)];
        client.Ask<DeleteTopicsRequest, DeleteTopicsResponse>(new() { TopicNames = doomed, TimeoutMs = 1000 }, 3);
        Create(client, doomed);
        broker.Time.AdvanceMs(DeletionMs);
    }

    private static void Create(BrokerClient client, string[] names) =>
        client.Ask<CreateTopicsRequest, CreateTopicsResponse>(
            new()
            {
                Topics =
                [
                    .. names.Select(name => new CreateTopicsRequest.CreatableTopic
                    {
                        Name = name, NumPartitions = Partitions, ReplicationFactor = 1,
                    })
                ],
                TimeoutMs = 1000,
            },
            5);

    private static void AssertWhole(InProcessBroker broker, int nth)
    {
        var client = broker.Connect();
        broker.Time.AdvanceMs(DeletionMs);
        Assert.Empty(broker.ZooKeeper.Children("/admin/delete_topics"));
        var present = client.Ask<MetadataRequest, MetadataResponse>(new() { Topics = null }, 9).Topics.Select(topic => topic.Name!).ToArray();
        string[] missing = [.. Names.Except(present)];
        if (missing.Length > 0)
        {
            Create(client, missing);
        }

        foreach (var name in Names)
        {
            for (var partition = 0; partition < Partitions; partition++)
            {
                var answer = client.Produce(name, partition, -1, "after");
                Assert.True(answer.ErrorCode == ErrorCode.None, $"killed at {nth}: {name}-{partition} answers {answer.ErrorCode}");
            }
        }

        broker.Time.AdvanceMs(DeletionMs);
        Assert.Equal(
            Names.SelectMany(name => Enumerable.Range(0, Partitions).Select(partition => $"{name}-{partition}")),
            broker.Files.List("/data/a").Where(entry => entry.IsDirectory).Select(entry => entry.Name));
        Assert.Null(broker.Halted);
    }
}
