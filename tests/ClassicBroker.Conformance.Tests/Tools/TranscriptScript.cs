using ClassicBroker.Primitives;

namespace ClassicBroker.Conformance.Tests.Tools;

/// <summary>
/// What the recording session did between its commands, by the number of the command that follows: files written, topics made. Stateless.
/// </summary>
internal static class TranscriptScript
{
    private const int StoppedBroker = 1;
    private const int LastOfTransactions = 180;

    /// <summary>
    /// What each of the partitions to be moved holds: at the throttle of the recorded command it takes seconds to copy, so that the move is
    /// still under way when the next commands ask for it.
    /// </summary>
    private const int MovedMegabytes = 30;

    private static readonly string[] Formats = ["none", "gzip", "snappy", "lz4", "zstd"];

    /// <summary>
    /// Commands that end by a timeout of a minute, and do so beside the others. They start before the command whose number stands beside
    /// them, as soon as what they need is there.
    /// </summary>
    public static IReadOnlyDictionary<int, int> Slow { get; } = new Dictionary<int, int>
    {
        [53] = 1,
        [169] = 1,
        [277] = 1,
        [279] = 56,
    };

    /// <summary>Commands that only read and wait for records that do not come, which run side by side.</summary>
    public static bool IsReader(int number) => number is >= 68 and <= 86;

    /// <summary>
    /// Commands of which only the exit code is compared: their output shows what the recorded cluster held at that moment, or depends on how
    /// fast the machine was.
    /// </summary>
    public static bool IsOfItsMoment(int number) =>
        number switch
        {
            // Intervals and timeouts that a faster machine does not reach.
            95 or 131 or 142 => true,

            // How many polls a few records come in.
            102 => true,

            // Records and topics of the clients that were recorded before.
            181 or 182 or 183 or 184 or 189 or 268 or 347 or 405 => true,

            // Topics with replicas on the broker that was stopped.
            >= 321 and <= 324 or 326 or 328 => true,
            _ => false,
        };

    /// <summary>
    /// Commands in the order in which they were recorded: the verifiable tools were tried behind the transactions, which found the first
    /// partition of <c>first</c> empty.
    /// </summary>
    public static IReadOnlyList<Transcript> InOrderOfTime(IReadOnlyList<Transcript> transcripts)
    {
        List<Transcript> ordered = [.. transcripts.Where(transcript => !IsOfVerifiableTool(transcript.Number))];
        ordered.InsertRange(
            ordered.FindIndex(transcript => transcript.Number == LastOfTransactions) + 1,
            transcripts.Where(transcript => IsOfVerifiableTool(transcript.Number)));
        return ordered;
    }

    /// <summary>Brings about what a command found.</summary>
    public static async Task PrepareAsync(Transcript transcript, RecordedCluster cluster, Func<int, Transcript> recorded)
    {
        if (transcript.Tool == "kafka-consumer-perf-test")
        {
            await DeleteMeasuredGroupsAsync(cluster);
        }

        switch (transcript.Number)
        {
            case 17:
                await cluster.MakeTopicsAsync(recorded(19).Output);
                break;
            case 68:
                foreach (var format in Formats)
                {
                    await cluster.MakeKeyedTopicAsync($"fmt-3.9-{format}", 40);
                }

                break;
            case 107:
                await DeleteMeasuredGroupsAsync(cluster);
                await cluster.FillAsync(new() { [new TopicPartition("second", 3)] = 60 });
                await cluster.MakeGroupsAsync(transcript.Output, new TopicPartition("second", 0));
                await cluster.CommitOffsetsAsync(recorded(114).Output);
                await cluster.CommitOffsetsAsync(recorded(119).Output);
                await cluster.JoinAsync("live", "second");
                break;
            case 131:
                await cluster.LeaveAsync();
                break;
            case 163:
                await cluster.MakeTransactionsAsync(transcript.Output, new TopicPartition("first", 0));
                break;
            case 185:
                await cluster.RemoveClusterConfigAsync();
                break;
            case 202:
                await cluster.AwaitConfigsAsync(0, "log.cleaner.threads", "message.max.bytes");
                break;
            case 211:
                await cluster.AwaitConfigsAsync(0, "no.such");
                break;
            case 287:
                await cluster.MatchOffsetsAsync(recorded(303).Output);
                break;
            case 316:
                await cluster.PlaceAsync("second", [[2, 0], [1, 0], [2, 1], [0, 1]]);
                await cluster.AppendMegabytesAsync(new TopicPartition("second", 1), MovedMegabytes);
                await cluster.AppendMegabytesAsync(new TopicPartition("second", 3), MovedMegabytes);
                break;
            case 318:
                await cluster.AwaitReplicasAsync(2, "data-b", "second", 4);
                break;
            case 319:
                await cluster.AwaitReassignmentsAsync();
                break;
            case 321:
                await cluster.StopBrokerAsync(StoppedBroker);
                break;
            case 329:
                await cluster.StartBrokerAsync(StoppedBroker);
                break;
            case 333:
                await cluster.AwaitReassignmentsAsync();
                break;
            case 345:
                await cluster.RotateReplicasAsync(new TopicPartition("first", 0));
                break;
            case 440:
                cluster.UnpackDumpedLogs();
                break;
        }

        foreach (var (name, text) in Files(transcript.Number))
        {
            cluster.Write(name, text.Replace("DIR", cluster.Directory, StringComparison.Ordinal));
        }
    }

    /// <summary>
    /// Groups of measurements have random names, which are the same here each time: what one left would be found by the next. Those that
    /// were recorded are made by their own names.
    /// </summary>
    private static Task DeleteMeasuredGroupsAsync(RecordedCluster cluster) =>
        cluster.DeleteGroupsAsync(static group => group.StartsWith("perf-consumer-", StringComparison.Ordinal));

    private static IEnumerable<(string Name, string Text)> Files(int number) =>
        number switch
        {
            147 => [("offsets.csv", "second,2,0\nsecond,3,0\nsecond,4,0\nsecond,0,0\nsecond,1,0\n")],
            257 => [("add.properties", "retention.ms=100000001\n")],
            278 => [("dr.json", Offsets(("second", 0, 3)))],
            279 => [("dr-279.json", Offsets(("second", 0, 3), ("second", 1, -1), ("absent", 0, 1)))],
            280 => [("dr.json", Offsets(("with.dot_score", 0, 1)))],
            281 => [("dr.json", Offsets(("second", 0, 0), ("second", 0, 1)))],
            282 => [("dr.json", """{"version":1}""")],
            283 => [("dr.json", """{"partitions":[],"version":9}""")],
            284 => [("dr.json", "nonsense")],
            310 => [("tm.json", """{"topics":[{"topic":"second"}],"version":1}""")],
            314 => [("x.json", """{"topics":[{"topic":"absent"}],"version":1}""")],
            316 => [("pl.json", Replicas(string.Join(',', InDataB(0, 2, 0), InDataB(1, 0, 2), InDataB(2, 1, 2), InDataB(3, 2, 1))))],
            325 => [("slow.json", Replicas("""{"topic":"second","partition":0,"replicas":[1,0]}"""))],
            329 => [("gone.json", Replicas("""{"topic":"second","partition":0,"replicas":[0,9]}"""))],
            334 => [("y.json", Replicas("""{"topic":"absent","partition":0,"replicas":[0]}"""))],
            335 => [("y.json", Replicas("""{"topic":"second","partition":0,"replicas":[0,0]}"""))],
            336 => [("y.json", Replicas("""{"topic":"second","partition":0,"replicas":[]}"""))],
            337 => [("y.json", Replicas(""))],
            338 => [("y.json", """{"version":9,"partitions":[]}""")],
            339 => [("y.json", "nonsense")],
            398 => [("cc.properties", "client.id=cc\n")],
            348 =>
                [("e.json", """{"partitions":[{"topic":"second","partition":0},{"topic":"absent","partition":0}]}""")],
            _ => [],
        };

    private static bool IsOfVerifiableTool(int number) => number is >= 100 and <= 103;

    private static string Offsets(params (string Topic, int Partition, long Offset)[] offsets)
    {
        var entries = offsets.Select(each =>
            $$"""{"topic":"{{each.Topic}}","partition":{{each.Partition}},"offset":{{each.Offset}}}""");
        return $$"""{"partitions":[{{string.Join(',', entries)}}],"version":1}""";
    }

    /// <summary>A partition of <c>second</c> whose replica on broker 2 goes to that broker's second directory.</summary>
    private static string InDataB(int partition, int leader, int follower)
    {
        var replicas = $"[{leader},{follower}]";
        var directories = $"[{Directory(leader)},{Directory(follower)}]";
        return $$"""{"topic":"second","partition":{{partition}},"replicas":{{replicas}},"log_dirs":{{directories}}}""";

        static string Directory(int broker) => broker == 2 ? "\"DIR/broker2/data-b\"" : "\"any\"";
    }

    private static string Replicas(string entries) => $$"""{"version":1,"partitions":[{{entries}}]}""";
}
