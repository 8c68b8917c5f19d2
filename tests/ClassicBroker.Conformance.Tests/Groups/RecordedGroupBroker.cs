using System.Text;
using ClassicBroker.Conformance.Tests.Tools;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Conformance.Tests.Groups;

/// <summary>
/// A broker in memory with the configuration and the topics of the brokers that groups were recorded with, and the tools that are run
/// against it. Threading: the test's thread.
/// </summary>
internal sealed class RecordedGroupBroker : IDisposable
{
    /// <summary>As long as the recorded one, so that columns are as wide.</summary>
    private const string Address = "127.0.0.1:51121";

    private readonly ScratchDirectory _files = new();
    private readonly CommandSession _session;

    public RecordedGroupBroker()
    {
        Broker = new InProcessBroker(
            $"listeners=PLAINTEXT://{Address}",
            "group.max.size=5",
            "group.min.session.timeout.ms=500",
            "group.initial.rebalance.delay.ms=0",
            "offset.metadata.max.bytes=100",
            "transaction.state.log.replication.factor=1",
            "transaction.state.log.min.isr=1",
            "transaction.state.log.num.partitions=1");
        var client = Broker.Connect();
        Fill(client, "g", partitions: 4, records: 20);
        Fill(client, "h", partitions: 2, records: 40);
        File.WriteAllText(_files.File("plan.csv"), "g,3,4\ng,2,4\ng,1,4\ng,0,4\n");
        File.WriteAllText(_files.File("plan2.csv"), "simple-new,g,0,2\nstates,g,0,3\n");
        File.WriteAllText(_files.File("plan3.csv"), "g,0,nonsense\n");
        _session = new CommandSession((Broker, "127.0.0.1"));
    }

    public InProcessBroker Broker { get; }

    /// <summary>Runs a recorded command; addresses and folders in its output read as they do in recordings.</summary>
    public (int? ExitCode, string Output, string Error) Run(Transcript transcript)
    {
        var (exitCode, output, error) = _session.Run(
            [.. transcript.Words.Select(word => word.Replace("BROKERS", Address).Replace("DIR", _files.Path))]);
        return (exitCode, Anonymous(output), Anonymous(error));
    }

    public void Dispose() => _files.Dispose();

    private string Anonymous(string text) => text.Replace(Address, "BROKERS").Replace(_files.Path, "DIR");

    private void Fill(BrokerClient client, string topic, int partitions, int records)
    {
        client.CreateTopic(topic, partitions);
        for (var partition = 0; partition < partitions; partition++)
        {
            using var batch = new RecordBatchBuilder();
            for (var record = 0; record < records; record++)
            {
                batch.Append(Broker.Time.GetUtcNow().ToUnixTimeMilliseconds(), null, Encoding.UTF8.GetBytes($"{record}"));
            }

            var produced = client.ProduceRaw(topic, partition, acks: 1, version: 7, batch.Build().ToArray());
            Assert.Equal(ErrorCode.None, produced.ErrorCode);
        }
    }
}
