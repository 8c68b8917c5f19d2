using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// What <c>kafka-server-start.sh</c> passes on: a properties file, and <c>--override key=value</c> as often as one likes.
/// </summary>
/// <param name="PropertiesFile">The first word.</param>
/// <param name="Overrides">What beats the file; the last of equal keys wins.</param>
internal sealed record CommandLine(string PropertiesFile, IReadOnlyDictionary<string, string> Overrides)
{
    public const string Usage = """
        USAGE: kafka-server-start.sh [-daemon] server.properties [--override property=value]*
        Option               Description
        ------               -----------
        --override <String>  Optional property that should override values set in
                               server.properties file
        --version            Print version information and exit.
        --health <address>   In place of the file: ask a running broker, such as
                               http://127.0.0.1:9309/health/ready, print its
                               answer, and exit with 0 where all is well.
        """;

    private const string Override = "--override";

    /// <exception cref="ConfigException">The words are not that.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var overrides = new Dictionary<string, string>(StringComparer.Ordinal);
        var stray = new List<string>();
        for (var i = 1; i < arguments.Count; i++)
        {
            if (arguments[i] == Override)
            {
                Add(++i < arguments.Count ? arguments[i] : throw new ConfigException("Option override requires an argument"), overrides);
            }
            else if (arguments[i].StartsWith(Override + "=", StringComparison.Ordinal))
            {
                Add(arguments[i][(Override.Length + 1)..], overrides);
            }
            else if (arguments[i].StartsWith('-'))
            {
                throw new ConfigException($"{arguments[i].TrimStart('-')} is not a recognized option");
            }
            else
            {
                stray.Add(arguments[i]);
            }
        }

        return stray.Count == 0
            ? new CommandLine(arguments[0], overrides)
            : throw new ConfigException($"Found non argument parameters: {string.Join(',', stray)}");
    }

    private static void Add(string assignment, Dictionary<string, string> overrides)
    {
        var equals = assignment.IndexOf('=', StringComparison.Ordinal);
        overrides[equals < 0 ? assignment : assignment[..equals]] = equals < 0 ? "" : assignment[(equals + 1)..];
    }
}
