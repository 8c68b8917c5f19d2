using System.Text.Json.Serialization.Metadata;

namespace ClassicBroker.AdminConsole.Http;

/// <summary>
/// One operation of the API: under which method and path it is found, who may call it, and what it takes and gives. The server, the
/// OpenAPI document and the tests read the same list of these. Immutable.
/// </summary>
internal sealed record ConsoleRoute
{
    public required string Method { get; init; }

    public required string Path { get; init; }

    /// <summary>The least role that may call it; null for those who have not signed in.</summary>
    public required ConsoleRole? Role { get; init; }

    public required string Summary { get; init; }

    /// <summary>Names of the parameters it reads from the query.</summary>
    public IReadOnlyList<string> Parameters { get; init; } = [];

    /// <summary>The form of its body; null where it has none.</summary>
    public JsonTypeInfo? Takes { get; init; }

    /// <summary>The form of its answer; null where it is not JSON.</summary>
    public JsonTypeInfo? Gives { get; init; }

    /// <summary>How large its body may be.</summary>
    public long BodyBytesMax { get; init; } = 1024 * 1024;

    /// <summary>Reads the body, does it, and writes the answer.</summary>
    public required Func<ConsoleCall, Task> Handle { get; init; }
}
