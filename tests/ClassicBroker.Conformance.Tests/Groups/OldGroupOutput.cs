using System.Text.RegularExpressions;
using ClassicBroker.Conformance.Tests.Tools;

namespace ClassicBroker.Conformance.Tests.Groups;

/// <summary>
/// The differences between <c>kafka-consumer-groups</c> of Kafka 2.2.2 and of 3.9, each with what changed: turns what 2.2.2 printed into
/// what 3.9 prints. A difference that no command shows any more fails the test. Threading: one test.
/// </summary>
internal sealed partial class OldGroupOutput
{
    private const string Members = "GROUP CONSUMER-ID HOST CLIENT-ID #PARTITIONS";
    private const string Offsets = "GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID";
    private const string MemberA = "m-a-28756a1c-e467-4e31-a40b-8c06ca3872af";
    private const string OtherType = "java.lang.IllegalArgumentException: GroupId connect-like is not a consumer group (connect).";
    private const string UnknownTopic =
        "java.util.concurrent.ExecutionException: "
        + "org.apache.kafka.common.errors.UnknownTopicOrPartitionException: This server does not host this topic-partition.";
    private const string HelpHeading = "Option ";

    /// <summary>The words with which the tables of 2.2.2 begin.</summary>
    private static readonly string[] Headings = ["TOPIC ", "CONSUMER-ID ", "COORDINATOR (ID) "];

    private readonly IReadOnlyList<Difference> _differences =
    [
        new("tables begin with the column GROUP", output: WithGroups),
        new("help has the options of 3.9, which the recordings of that version show", error: (_, error) => WithoutHelp(error)),
        new(
            "the set of missing options is printed by another language's library",
            error: (_, error) => error.Replace(
                "Set([by-duration], [to-offset], [from-file], [to-datetime], [to-earliest], [to-current], [shift-by], [to-latest])",
                "[[to-offset], [to-current], [to-datetime], [from-file], [by-duration], [to-earliest], [to-latest], [shift-by]]")),
        new(
            "warnings name the class, which has moved",
            error: (_, error) => error.Replace(
                "(kafka.admin.ConsumerGroupCommand$)", "(org.apache.kafka.tools.consumer.group.ConsumerGroupCommand)")),
        new("the heading of a table of members without members is printed", output: WithHeading),
        new(
            "the assignment of a member of one topic is told without that topic",
            output: (transcript, output) => transcript.Words.Contains("--verbose") ? output.Replace(" g(", " (") : output),
        new(
            "the end of a partition in which no record is late enough is said to be a fallback",
            output: (transcript, output) => transcript.Words.Contains("2037-01-01T00:00:00.000")
                ? string.Concat(Enumerable.Range(0, 4).Select(
                    partition => $"Warn: Partition {partition} from topic g is empty. Falling back to latest known offset.\n")) + output
                : output),
        new(
            "a topic that does not exist is refused with its error, not with a fault of the tool",
            output: (_, output) => NullPointer().Replace(output, UnknownTopic),
            error: (_, error) => NullPointer().IsMatch(error)
                ? $"java.lang.RuntimeException: {UnknownTopic}\nCaused by: {UnknownTopic}\n"
                    + $"Caused by: {UnknownTopic[(UnknownTopic.IndexOf(' ', StringComparison.Ordinal) + 1)..]}"
                : error),
        new(
            "a group of another type is refused, and the tool does not hang",
            transcript => transcript.Words.Contains("connect-like")
                ? transcript with
                {
                    ExitCode = 0,
                    Output = $"Error: Executing consumer group command failed due to {OtherType}",
                    Error = $"java.util.concurrent.ExecutionException: {OtherType}\nCaused by: {OtherType}",
                }
                : transcript),
        new(
            "a committed offset below zero is a row without one, and no fault: while its partition has a member",
            transcript => IsNegative(transcript, "member-without-assignment")
                ? transcript with
                {
                    Output = $"{Offsets}\nstates g 0 - 20 - {MemberA} /127.0.0.1 m-a\nstates g 1 2 20 18 {MemberA} /127.0.0.1 m-a\n"
                        + "states g 2 2 20 18 - - -",
                    Error = "",
                }
                : transcript),
        new(
            "a committed offset below zero is a row without one, and no fault: in an empty group",
            transcript => IsNegative(transcript, "empty-offsets")
                ? transcript with
                {
                    Output = $"{Offsets}\nstates g 0 - 20 - - - -\nstates g 1 2 20 18 - - -\nstates g 2 2 20 18 - - -",
                    Error = "Consumer group 'states' has no active members.",
                }
                : transcript),
    ];

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>The error without the help behind it.</summary>
    public static string WithoutHelp(string error)
    {
        var help = error.IndexOf($"\n{HelpHeading}", StringComparison.Ordinal);
        return help < 0 ? error : error[..(help + 1)];
    }

    /// <summary>What 3.9 does for a command of which is known what 2.2.2 did.</summary>
    public Transcript InNewForm(Transcript transcript)
    {
        foreach (var difference in _differences)
        {
            var changed = difference.Apply(transcript);
            if (changed != transcript)
            {
                _seen.Add(difference.What);
                transcript = changed;
            }
        }

        return transcript;
    }

    public void VerifyAllSeen() => Assert.Equal([], _differences.Select(difference => difference.What).Where(what => !_seen.Contains(what)));

    private static string WithGroups(Transcript transcript, string output)
    {
        var isTable = false;
        return string.Join('\n', output.Split('\n').Select(InTable));

        string InTable(string line)
        {
            var isHeading = Headings.Any(heading => line.StartsWith(heading, StringComparison.Ordinal));
            isTable = isHeading || (isTable && line.Length > 0);
            return isHeading ? $"GROUP {line}" : isTable ? $"{Group(transcript)} {line}" : line;
        }
    }

    private static string WithHeading(Transcript transcript, string output) =>
        transcript.Words.Contains("--members") && !output.Contains("#PARTITIONS", StringComparison.Ordinal)
            ? $"{output}\n{Members}{(transcript.Words.Contains("--verbose") ? " ASSIGNMENT" : "")}"
            : output;

    private static string Group(Transcript transcript) => transcript.Words.SkipWhile(word => word != "--group").ElementAt(1);

    private static bool IsNegative(Transcript transcript, string state) =>
        transcript.Name.Contains(state, StringComparison.Ordinal) && transcript.Output.Contains("negative offset", StringComparison.Ordinal);

    [GeneratedRegex("(java.lang.NullPointerException: )?Cannot invoke .* is null")]
    private static partial Regex NullPointer();

    /// <param name="What">What changed between the versions.</param>
    /// <param name="Apply">What 3.9 does in place of what 2.2.2 did.</param>
    private sealed record Difference(string What, Func<Transcript, Transcript> Apply)
    {
        public Difference(
            string what, Func<Transcript, string, string>? output = null, Func<Transcript, string, string>? error = null)
            : this(
                what,
                transcript => transcript with
                {
                    Output = output?.Invoke(transcript, transcript.Output) ?? transcript.Output,
                    Error = error?.Invoke(transcript, transcript.Error) ?? transcript.Error,
                })
        {
        }
    }
}
