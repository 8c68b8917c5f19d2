using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Tools.Tests.Acls;

/// <summary>
/// <c>kafka-acls.sh</c> against ZooKeeper: the recorded commands one after another, each with what Kafka 3.9.2 said. The order of entries and
/// resources comes from hash maps there and is no rule.
/// </summary>
public sealed class AclCommandTests
{
    private readonly ManualTime _time = new();
    private readonly InMemoryZooKeeper _zooKeeper;

    public AclCommandTests() => _zooKeeper = new(_time);

    [Fact]
    public void Recorded_commands_do_and_say_what_Kafka_did()
    {
        var commands = File.ReadAllText(ToolRun.Golden("kafka-acls-zookeeper.txt"))
            .Split("$ kafka-acls.sh ", StringSplitOptions.RemoveEmptyEntries);
        Assert.True(commands.Length > 40);
        Assert.All(commands, Replay);
    }

    [Theory]
    [InlineData("Missing required argument \"[authorizer-properties]\"", "--list")]
    [InlineData("Command must include exactly one action: --list, --add, --remove. ", "--authorizer-properties", "zookeeper.connect=zk", "--list", "--add")]
    [InlineData("The --authorizer-properties option can only be used with --authorizer option", "--bootstrap-server", "b:1", "--authorizer-properties", "a=b", "--list")]
    [InlineData("Only one of --bootstrap-server or --authorizer must be specified", "--bootstrap-server", "b:1", "--authorizer", "x", "--list")]
    [InlineData("With --producer you must specify a --topic", "--bootstrap-server", "b:1", "--add", "--producer", "--allow-principal", "User:a")]
    public void Options_that_do_not_go_together_are_refused(string message, params string[] words)
    {
        var run = ToolRun.Of(["kafka-acls", .. words]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(message + "\n", run.Error, StringComparison.Ordinal);
    }

    private void Replay(string recorded)
    {
        var words = Words(recorded[..recorded.IndexOf('\n', StringComparison.Ordinal)]);
        var input = recorded.Contains("[input] \"y", StringComparison.Ordinal) ? "y\n" : "n\n";
        var run = ToolRun.Against(_zooKeeper, _time, input, ["kafka-acls", .. words]);
        var context = $"{string.Join(' ', words)}\n{run.Output}{run.Error}";
        Assert.True(recorded.Contains($"[exit {run.ExitCode}]\n", StringComparison.Ordinal), context);
        Assert.Equal(Lines(Between(recorded, "[stdout]\n", "[stderr]")), Lines(run.Output));
        var error = Lines(Between(recorded, "[stderr]\n", "\u0000"));
        Assert.True(error.All(line => Lines(run.Error).Contains(line)), context);
    }

    /// <summary>What is said, without the order and the room around it.</summary>
    private static List<string> Lines(string text) =>
    [
        .. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith("at ", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    private static string Between(string text, string start, string end)
    {
        var from = text.IndexOf(start, StringComparison.Ordinal) + start.Length;
        var to = text.IndexOf(end, from, StringComparison.Ordinal);
        return to < 0 ? text[from..] : text[from..to];
    }

    /// <summary>As a shell splits a command whose words may stand in single quotes.</summary>
    private static List<string> Words(string command)
    {
        var words = new List<string>();
        var quoted = command.Split('\'');
        for (var i = 0; i < quoted.Length; i++)
        {
            words.AddRange(i % 2 == 1 ? [quoted[i]] : quoted[i].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }

        return [.. words.Select(word => word.Replace("ZOOKEEPER", "zk:2181", StringComparison.Ordinal))];
    }
}
