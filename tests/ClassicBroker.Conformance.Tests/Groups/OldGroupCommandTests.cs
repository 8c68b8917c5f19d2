using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Conformance.Tests.Tools;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Conformance.Tests.Groups;

/// <summary>
/// <c>kafka-consumer-groups</c> as it was recorded with Kafka 2.2.2, in the lives of groups of three client libraries and in each state of
/// a group: the members' requests are sent again, and the commands are run between them. Where 3.9 prints something else, that is what
/// ours is compared with: <see cref="OldGroupOutput"/> names each such difference.
/// </summary>
public sealed class OldGroupCommandTests(ITestOutputHelper output)
{
    private const int TopicDeletionPhase = 58;

    /// <summary>When librdkafka had committed partition 0: the recording ends after 60 pairs, with the commits of the others.</summary>
    private const long LeftOutCommitMs = 57_470;

    /// <summary>The commands that ran at a time of the recording: the first and the last.</summary>
    private static readonly (long AtMs, int First, int Last)[] Schedule =
    [
        (22_300, 1, 3),
        (57_000, 4, 6),
        (72_200, 7, 9),
        (108_000, 10, 12),
        (122_750, 13, 15),
        (168_000, 16, 19),
        (175_000, 20, 23),
        (176_500, 24, 25),
        (178_500, 26, 29),
        (182_700, 30, 36),
        (194_400, 37, 41),
        (200_000, 42, 45),
        (207_750, 46, 47),
        (228_700, 48, 48),
        (230_510, 49, 49),
        (245_150, 50, 53),
        (249_430, 54, 80),
        (283_900, 81, 82),
        (286_030, 83, 84),
    ];

    private readonly ConformanceReport _report = new("group-commands-2.2.2");
    private readonly OldGroupOutput _oldOutput = new();

    [Fact]
    public void Commands_of_Kafka_2_print_and_exit_as_they_do_in_3_9()
    {
        using var recorded = new RecordedGroupBroker();
        var broker = recorded.Broker;
        var replay = new GroupReplay(broker, null);
        var transcripts = TranscriptArchive.Read(TranscriptArchive.OldGroups);
        var exchanges = TimedRecording.Phases(TimedRecording.OldGroups);
        List<(long AtMs, Action Act)> between = [(LeftOutCommitMs, CommitWhatWasLeftOut)];
        between.AddRange(Schedule.Select(act => (act.AtMs, (Action)(() => RunAll(act.First, act.Last)))));
        replay.Play([.. exchanges.Where(exchange => exchange.Number < TopicDeletionPhase)], between.OrderBy(act => act.AtMs));
        replay.Play([.. exchanges.Where(exchange => exchange.Number == TopicDeletionPhase)]);
        var deleted = broker.Connect().Ask<DeleteTopicsRequest, DeleteTopicsResponse>(new() { TopicNames = ["h"], TimeoutMs = 1_000 }, 5);
        Assert.Equal(ErrorCode.None, deleted.Responses[0].ErrorCode);
        RunAll(85, 85);
        _report.Verify(output);
        _oldOutput.VerifyAllSeen();

        void CommitWhatWasLeftOut()
        {
            var committed = broker.Connect().Ask<OffsetCommitRequest, OffsetCommitResponse>(
                new()
                {
                    GroupId = "librdkafka-life",
                    GenerationIdOrMemberEpoch = 1,
                    MemberId = replay.Translated("librdkafka-a-97c47338-1368-4fff-b410-a2e8b6670292"),
                    Topics = [new() { Name = "g", Partitions = [new() { PartitionIndex = 0, CommittedOffset = 20 }] }],
                },
                6);
            Assert.Equal(ErrorCode.None, committed.Topics[0].Partitions[0].ErrorCode);
        }

        void RunAll(int first, int last)
        {
            foreach (var transcript in transcripts.Where(transcript => transcript.Number >= first && transcript.Number <= last))
            {
                Run(transcript, recorded, replay);
            }
        }
    }

    private void Run(Transcript transcript, RecordedGroupBroker broker, GroupReplay replay)
    {
        var (exitCode, standardOutput, standardError) = broker.Run(transcript);
        var name = $"{transcript.Name} {string.Join(' ', transcript.Words.Skip(1))}";
        var expected = _oldOutput.InNewForm(transcript);
        _report.Compare($"{name}: exit", $"{expected.ExitCode}", $"{exitCode}");
        Compare("stdout", expected.Output, standardOutput);
        Compare("stderr", expected.Error, standardError);

        void Compare(string stream, string recorded, string ours) =>
            _report.Compare($"{name}: {stream}", Lines(replay.Translated(recorded)), Lines(OldGroupOutput.WithoutHelp(ours)));

        string Lines(string text) => string.Join(
            '⏎', TranscriptMask.Apply(transcript, text).Split('\n').Where(line => line.Length > 0));
    }
}
