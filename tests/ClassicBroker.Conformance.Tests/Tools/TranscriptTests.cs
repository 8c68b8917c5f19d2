using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Tools;

namespace ClassicBroker.Conformance.Tests.Tools;

/// <summary>
/// The commands of a recording session with Kafka 3.9.2's tools, run in their order with ours against brokers of ours: standard output,
/// standard error and exit codes. The brokers are processes of their own, the tools run in this one.
/// </summary>
public sealed class TranscriptTests(ITestOutputHelper output)
{
    /// <summary>
    /// Outputs from this length on may have been cut when they were recorded, in the middle of a line: to a full thousand, give or take a
    /// line feed.
    /// </summary>
    private const int CutLength = 5999;

    /// <summary>The exit code of a tool that SIGTERM ended.</summary>
    private const int Terminated = 143;

    /// <summary>The id that the topic <c>second</c> had when it was recorded.</summary>
    private const string RecordedId = "AcOOgcF2Qj6O27ymczgKOw";

    /// <summary>When a tool is stopped that Kafka's session had to stop.</summary>
    private static readonly TimeSpan StoppedAfter = TimeSpan.FromMilliseconds(1_500);

    private static readonly string[] ServerScripts =
        ["kafka-server-start", "kafka-server-stop", "zookeeper-server-start", "zookeeper-server-stop", "kafka-run-class"];

    private readonly ConformanceReport _report = new("tools");

    [Fact]
    public async Task Tools_print_and_exit_as_Kafkas_do()
    {
        await using var cluster = new RecordedCluster();
        await cluster.StartAsync();
        var transcripts = TranscriptArchive.Read(TranscriptArchive.Tools);
        var byNumber = transcripts.Where(transcript => transcript.Number > 0).ToDictionary(transcript => transcript.Number);
        List<Task> beside = [];
        List<Task> readers = [];
        foreach (var transcript in TranscriptScript.InOrderOfTime(transcripts))
        {
            if (!IsOurs(transcript))
            {
                continue;
            }

            foreach (var early in TranscriptScript.Slow.Where(slow => slow.Value == transcript.Number))
            {
                beside.Add(RunAsync(byNumber[early.Key], cluster, byNumber));
            }

            if (TranscriptScript.IsReader(transcript.Number))
            {
                readers.Add(RunAsync(transcript, cluster, byNumber));
                continue;
            }

            await AwaitAllAsync(readers);
            if (!TranscriptScript.Slow.ContainsKey(transcript.Number))
            {
                await RunAsync(transcript, cluster, byNumber);
            }
        }

        await AwaitAllAsync(beside);
        if (transcripts.Any(TranscriptMask.HasGluedRows))
        {
            _report.Differs("rows of resets and deletions", "one behind the other", "a line each");
        }

        _report.Verify(output);
    }

    private static async Task AwaitAllAsync(List<Task> runs)
    {
        foreach (var run in runs)
        {
            await run;
        }

        runs.Clear();
    }

    /// <summary>Whether we have the tool; counts what we have not.</summary>
    private bool IsOurs(Transcript transcript)
    {
        if (ServerScripts.Contains(transcript.Tool) && transcript.Number == 0)
        {
            _report.LeftOut("scripts of servers: tried with them");
            return false;
        }

        if (CommandCatalog.ByScript(transcript.Tool) is null && transcript.Tool != "kafka-run-class")
        {
            _report.NotYet(transcript.Tool);
            return false;
        }

        return true;
    }

    private async Task RunAsync(Transcript transcript, RecordedCluster cluster, Dictionary<int, Transcript> byNumber)
    {
        await TranscriptScript.PrepareAsync(transcript, cluster, number => byNumber[number]);
        var places = (await PlacesAsync(transcript, cluster)).ToArray();
        var words = transcript.Words
            .Select(word => places.Aggregate(word, (text, place) => text.Replace(place.Name, place.Actual)))
            .ToList();
        if (transcript.Tool == "zookeeper-shell" && words.Count > 1)
        {
            words.Insert(1, "-server");
        }

        using var stop = new CancellationTokenSource();
        if (transcript.ExitCode is null)
        {
            stop.CancelAfter(StoppedAfter);
        }

        var (exitCode, standardOutput, standardError) = await ToolSession.RunAsync(
            words.ToArray(), transcript.Input, transcript.ExitCode is null ? stop.Token : CancellationToken.None);
        exitCode = stop.IsCancellationRequested && exitCode == Terminated ? null : exitCode;
        var name = $"{transcript.Name} {string.Join(' ', transcript.Words.Skip(1))}".TrimEnd();
        (string What, string Recorded, string Ours)[] compared =
        [
            ($"{name}: exit", $"{transcript.ExitCode}", $"{exitCode}"),
            .. Streams(),
        ];
        lock (_report)
        {
            foreach (var (what, recorded, ours) in compared)
            {
                _report.Compare(what, recorded, ours);
            }
        }

        IEnumerable<(string What, string Recorded, string Ours)> Streams() =>
            TranscriptScript.IsOfItsMoment(transcript.Number)
                ? []
                :
                [
                    Stream($"{name}: stdout", transcript, transcript.Output, Recorded(standardOutput)),
                    Stream($"{name}: stderr", transcript, transcript.Error, Recorded(standardError)),
                ];

        string Recorded(string text) => places.Aggregate(text, (masked, place) => masked.Replace(place.Actual, place.Name));
    }

    /// <summary>What the placeholders of a recording stand for here.</summary>
    private static async Task<IEnumerable<(string Name, string Actual)>> PlacesAsync(Transcript transcript, RecordedCluster cluster) =>
        transcript.Tool switch
        {
            "kafka-topics" when transcript.Words.Contains(RecordedId) => [(RecordedId, await cluster.TopicIdAsync("second")), .. cluster.Places],
            "kafka-delete-records" when transcript.Number == 279 => [("DIR/dr.json", $"{cluster.Directory}/dr-279.json"), .. cluster.Places],
            "kafka-dump-log" => [("DIR/broker0/data", cluster.DumpedLogs), .. cluster.Places],
            "kafka-configs" or "kafka-acls" => [("ZOOKEEPER", $"{cluster.ZooKeeper}/k"), .. cluster.Places],
            "zookeeper-shell" when transcript.Words.Contains("/") => [("ZOOKEEPER", $"{cluster.ZooKeeper}/k"), .. cluster.Places],
            _ => cluster.Places,
        };

    /// <summary>The text of a stream as it is compared; a recording that was cut only with the beginning of ours.</summary>
    private static (string What, string Recorded, string Ours) Stream(string what, Transcript transcript, string recorded, string ours)
    {
        var isCut = recorded.Length >= CutLength && recorded.Length % 1000 is 0 or 1 or 999;
        if (isCut)
        {
            recorded = recorded[..recorded.TrimEnd('\n').LastIndexOf('\n')];
        }

        var (expected, actual) = (TranscriptMask.Apply(transcript, recorded), TranscriptMask.Apply(transcript, ours));
        return isCut && TranscriptMask.IsBeginning(transcript, expected, actual)
            ? (what, Line(expected), Line(expected))
            : (what, Line(expected), Line(actual));
    }

    private static string Line(string text) => text.Replace("\n", "⏎", StringComparison.Ordinal);
}
