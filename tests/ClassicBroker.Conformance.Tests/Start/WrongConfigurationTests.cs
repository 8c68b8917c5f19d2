using System.Text.RegularExpressions;
using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Transport;
using ClassicBroker.ZooKeeper.Server;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Conformance.Tests.Start;

/// <summary>
/// Starts the broker with every doubtful configuration that Kafka was started with: it starts or not as Kafka did, with the same exit
/// code, and says the sentence that Kafka said.
/// </summary>
public sealed partial class WrongConfigurationTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Each_is_taken_or_refused_as_kafka_does_it()
    {
        using var scratch = new ScratchDirectory();
        await using var loops = new EventLoopGroup(1, "zookeeper-of-starts-", TimeProvider.System, _ => { });
        var transport = new EpollTransport(loops, new SystemAddressResolver(), NullLogger<EpollTransport>.Instance);
        var port = LoopbackPorts.Next();
        var properties = JavaProperties.Parse($"dataDir={scratch.Path}/zookeeper\nclientPort={port}\nclientPortAddress=127.0.0.1\nmaxClientCnxns=0\n");
        var zooKeeper = await ZooKeeperServerHost.StartAsync(
            ZooKeeperServerConfigParser.Parse(properties, _ => { }), new PosixFileSystem(), transport, loops.Loops[0], NullLogger.Instance);
        var report = new ConformanceReport("start");
        foreach (var (recorded, number) in RecordedStart.ReadAll().Select((recorded, number) => (recorded, number)))
        {
            var broker = new StartedBroker(Path.Combine(scratch.Path, $"s{number}"), $"127.0.0.1:{port}/s{number}");
            var (outcome, printed) = await broker.RunAsync(recorded);
            report.Compare(recorded.Name, recorded.Outcome, outcome);
            if (recorded.Outcome != "starts" && outcome != "starts")
            {
                CompareSentence(report, recorded, printed);
            }
        }

        await zooKeeper.StopAsync();
        report.Verify(output);
    }

    private static void CompareSentence(ConformanceReport report, RecordedStart recorded, string printed)
    {
        var said = Masked(printed);
        if (recorded.Sentences.Count == 0 || recorded.Sentences.Any(sentence => said.Contains(Masked(sentence), StringComparison.Ordinal)))
        {
            report.Equal();
        }
        else
        {
            report.Differs($"{recorded.Name} sentence", Masked(recorded.Sentences[^1]), said.Split('\n').Last(line => line.Length > 0));
        }
    }

    /// <summary>Without what differs from run to run: times, folders, ports that were free, ids of clusters.</summary>
    private static string Masked(string text) => ClusterId().Replace(Port().Replace(Folder().Replace(text, "DIR"), ":PORT"), "CLUSTER");

    [GeneratedRegex(@"DIR/s\d+|/[\w./-]+/s\d+(?=/)")]
    private static partial Regex Folder();

    [GeneratedRegex(@":(\d{4,5}|TAKEN)\b")]
    private static partial Regex Port();

    [GeneratedRegex(@"(?<![\w.])[\w-]{22}(?![\w.])")]
    private static partial Regex ClusterId();
}
