using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Conformance.Tests.Tools;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Conformance.Tests.Groups;

/// <summary>
/// <c>kafka-consumer-groups</c> in each state of a group, as it was recorded with Kafka 3.9.2: the members' requests are sent again at their
/// recorded times, and between them the commands are run with our tool, which must print the same columns and rows and end with the same
/// exit codes. One broker in memory has it all.
/// </summary>
public sealed class GroupCommandTests(ITestOutputHelper output)
{
    /// <summary>What was longer was cut to this length when it was recorded.</summary>
    private const int CutLength = 4_000;

    /// <summary>
    /// When the recorded broker had started: its first cleanup of groups, ten minutes later, fell behind the end of the last sessions of
    /// phase 42 and before the command 105.
    /// </summary>
    private const long StartedMs = 75_000;

    /// <summary>When the commits of the oldest versions, of which the recording has the text alone, were asked.</summary>
    private const long OldCommitsMs = 364_300;

    /// <summary>The phase with a transaction is of a run of its own; this brings it behind the errors, before the lists.</summary>
    private const long TransactionDelayMs = 230_000;
    private const int TransactionPhase = 22;
    private const int OtherConnections = 10_000;

    /// <summary>An InitProducerId that Kafka answered with COORDINATOR_LOAD_IN_PROGRESS, and that was sent again.</summary>
    private const int RefusedLine = 3;

    /// <summary>The commands that ran at a time of the recording: the first and the last.</summary>
    private static readonly (long AtMs, int First, int Last)[] Schedule =
    [
        (292_354, 1, 5),
        (307_978, 6, 7),
        (313_472, 8, 11),
        (319_992, 12, 21),
        (330_939, 22, 26),
        (335_824, 27, 30),
        (170_990 + TransactionDelayMs, 31, 32),
        (441_340, 33, 50),
        (452_500, 51, 52),
        (499_509, 53, 53),
        (503_297, 54, 54),
        (505_703, 55, 57),
        (508_472, 58, 58),
        (626_146, 59, 104),
        (682_805, 105, 113),
        (695_528, 114, 117),
    ];

    private readonly ConformanceReport _report = new("group-commands");

    [Fact]
    public void Commands_print_and_exit_as_Kafkas_do_in_each_state()
    {
        using var recorded = new RecordedGroupBroker();
        var broker = recorded.Broker;
        var replay = new GroupReplay(broker, null);
        var transcripts = TranscriptArchive.Read(TranscriptArchive.Groups);
        var exchanges = Exchanges();
        broker.Time.AdvanceMs(exchanges[0].SentMs - StartedMs);
        List<(long AtMs, Action Act)> between = [(OldCommitsMs, () => CommitAsOldClients(broker.Connect()))];
        foreach (var (atMs, first, last) in Schedule)
        {
            between.Add((atMs, () => RunAll(first, last)));
        }

        replay.Play(exchanges, between.OrderBy(act => act.AtMs));
        if (transcripts.Any(TranscriptMask.HasGluedRows))
        {
            _report.Differs("rows of resets and deletions", "one behind the other", "a line each");
        }

        _report.Verify(output);

        void RunAll(int first, int last)
        {
            foreach (var transcript in transcripts.Where(transcript => transcript.Number >= first && transcript.Number <= last))
            {
                if (transcript.Number == 2)
                {
                    _report.LeftOut("timed out on the machine of the recording");
                    continue;
                }

                Run(transcript, recorded, replay);
            }
        }
    }

    private void Run(Transcript transcript, RecordedGroupBroker broker, GroupReplay replay)
    {
        var (exitCode, standardOutput, standardError) = broker.Run(transcript);
        var name = $"{transcript.Name} {string.Join(' ', transcript.Words.Skip(1))}";
        _report.Compare($"{name}: exit", $"{transcript.ExitCode}", $"{exitCode}");
        Compare("stdout", transcript.Output, standardOutput);
        Compare("stderr", transcript.Error, standardError);

        void Compare(string stream, string recorded, string ours)
        {
            var isCut = recorded.Length == CutLength;
            var expected = Masked(replay.Translated(isCut ? recorded[..recorded.LastIndexOf('\n')] : recorded));
            var actual = Masked(ours);
            _report.Compare(
                $"{name}: {stream}",
                OneLine(expected),
                OneLine(isCut && TranscriptMask.IsBeginning(transcript, expected, actual) ? expected : actual));
        }

        string Masked(string text) => TranscriptMask.Apply(transcript, text, keepsColumns: true);

        static string OneLine(string text) => text.Replace("\n", "⏎");
    }

    private static void CommitAsOldClients(BrokerClient client)
    {
        Commit("simple-v1", version: 1, offset: 13, timestampMs: 1_500_000_000_000, retentionMs: -1);
        Commit("simple-v2", version: 2, offset: 14, timestampMs: -1, retentionMs: 3_600_000);

        void Commit(string group, short version, long offset, long timestampMs, long retentionMs)
        {
            var answer = client.Ask<OffsetCommitRequest, OffsetCommitResponse>(
                new()
                {
                    GroupId = group,
                    RetentionTimeMs = retentionMs,
                    Topics =
                    [
                        new()
                        {
                            Name = "g",
                            Partitions =
                            [
                                new() { CommittedOffset = offset, CommitTimestamp = timestampMs, CommittedMetadata = "meta" }
                            ],
                        },
                    ],
                },
                version);
            Assert.Equal(ErrorCode.None, answer.Topics[0].Partitions[0].ErrorCode);
        }
    }

    /// <summary>The members' requests: all of the first run, and one transaction of another.</summary>
    private static List<TimedExchange> Exchanges()
    {
        List<TimedExchange> exchanges =
        [
            .. TimedRecording.Phases(TimedRecording.Groups).Where(exchange =>
                exchange.Number is <= 20 or (>= 27 and <= 44) || (exchange is { Number: TransactionPhase, Line: not RefusedLine })),
        ];
        return
        [
            .. exchanges
                .Select(exchange => exchange.Number != TransactionPhase
                    ? exchange
                    : exchange with
                    {
                        SentMs = exchange.SentMs + TransactionDelayMs,
                        AnsweredMs = exchange.AnsweredMs + TransactionDelayMs,
                        Connection = exchange.Connection + OtherConnections,
                    })
                .OrderBy(exchange => exchange.SentMs),
        ];
    }
}
