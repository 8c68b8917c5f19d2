using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests;

/// <summary>The two programs of every first tutorial, unchanged.</summary>
[Collection(SingleBrokerCollection.Name)]
public sealed class NewcomerTests(SingleBrokerFixture cluster)
{
    [Fact]
    public async Task A_producer_creates_its_topic_and_an_assigned_consumer_reads_it_back()
    {
        var topic = cluster.NewTopic("newcomer");

        (await RunAsync("newcomer_producer.py", topic)).RequireSuccess();
        var read = (await RunAsync("newcomer_consumer.py", topic)).RequireSuccess();

        Assert.Equal(Enumerable.Range(0, 100).Select(number => $"message number {number}"), read.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private Task<CommandOutcome> RunAsync(string program, string topic) =>
        ChildProcess.RunAsync("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "Clients", program), cluster.BootstrapServers, topic]);
}
