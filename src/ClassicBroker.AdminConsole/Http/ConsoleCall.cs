using System.Globalization;
using ClassicBroker.AdminConsole.Clusters;
using ClassicBroker.AdminConsole.Sessions;
using ClassicBroker.Primitives;

namespace ClassicBroker.AdminConsole.Http;

/// <summary>One request to the API as its handler sees it: what it asks, who asks, and the cluster. Threading: the request's.</summary>
internal sealed class ConsoleCall(HttpContext http, ConsoleServices services, ConsoleSession? session)
{
    private const int PageSizeMax = 500;
    private const int PageSizeUsual = 50;

    public HttpContext Http => http;

    public ConsoleServices Services => services;

    public ConsoleCluster Cluster => services.Cluster;

    /// <summary>Null where the user has not signed in.</summary>
    public ConsoleSession? Session => session;

    public CancellationToken Aborted => http.RequestAborted;

    public string Address => http.Connection.RemoteIpAddress?.ToString() ?? "-";

    public string? Text(string name) => http.Request.Query[name] is [{ Length: > 0 } value, ..] ? value : null;

    /// <exception cref="ApiException">It is missing.</exception>
    public string Required(string name) => Text(name) ?? throw ApiException.BadRequest($"The parameter {name} is missing.");

    public bool Flag(string name) => Text(name) is "true" or "1";

    /// <exception cref="ApiException">It is not a number between the bounds.</exception>
    public long Number(string name, long @default, long min = 0, long max = long.MaxValue) =>
        Text(name) is not { } text ? @default
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
        : throw ApiException.BadRequest($"The parameter {name} must be a number from {min} to {max}.");

    /// <exception cref="ApiException">Parameters of the page are wrong.</exception>
    public (int Page, int Size) Page() =>
        ((int)Number("page", 0, 0, int.MaxValue / PageSizeMax), (int)Number("size", PageSizeUsual, 1, PageSizeMax));

    /// <exception cref="ApiException">It names no partition of that form.</exception>
    public TopicPartition Partition() => new(Required("topic"), (int)Number("partition", 0, 0, int.MaxValue));

    /// <summary>Notes a change that was made.</summary>
    public void Audit(string action, string subject) => services.Audit.Done(session, Address, action, subject);

    /// <summary>The user has typed the name of what is to be destroyed.</summary>
    /// <exception cref="ApiException">The user has not.</exception>
    public static void RequireConfirmation(string? typed, string expected)
    {
        if (typed != expected)
        {
            throw ApiException.BadRequest($"This cannot be undone: confirm must be \"{expected}\".");
        }
    }
}
