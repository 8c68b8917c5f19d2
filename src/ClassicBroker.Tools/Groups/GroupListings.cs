using ClassicBroker.Client;

namespace ClassicBroker.Tools.Groups;

/// <summary><c>kafka-consumer-groups --list</c>: names, and states and types where asked for. Used by one tool.</summary>
/// <param name="output">Standard output.</param>
/// <param name="states">States of the groups to list; none for all.</param>
/// <param name="types">Types of the groups to list; none for all.</param>
/// <param name="showsStates">Whether a column tells the state.</param>
/// <param name="showsTypes">Whether a column tells the type.</param>
internal sealed class GroupListings(
    TextWriter output, IReadOnlyList<string> states, IReadOnlyList<string> types, bool showsStates, bool showsTypes)
{
    /// <summary>The width of a name where there is none, and what stands between the longest name and the next column.</summary>
    private const int NameWidth = 15;
    private const int Gap = 10;

    public static IReadOnlyList<string> KnownStates { get; } =
        ["PreparingRebalance", "CompletingRebalance", "Stable", "Dead", "Empty", "Assigning", "Reconciling"];

    public static IReadOnlyList<string> KnownTypes { get; } = ["Consumer", "Classic"];

    /// <summary>Reads states separated by commas, in any case; tells whether one of them is unknown.</summary>
    public static (IReadOnlyList<string> States, bool HasUnknown) States(string? text) => Read(text, KnownStates);

    /// <summary>As <see cref="States"/>, for types.</summary>
    public static (IReadOnlyList<string> Types, bool HasUnknown) Types(string? text) => Read(text, KnownTypes);

    /// <summary>The groups of consumers among those asked for.</summary>
    public async Task<IReadOnlyList<GroupListing>> GroupsAsync(AdminClient admin) =>
        [.. (await admin.ListGroupsAsync(states, types)).ThrowIfFailed().Where(group => ConsumerGroups.Has(group.ProtocolType))];

    public async Task PrintAsync(AdminClient admin)
    {
        var groups = await GroupsAsync(admin);
        if (!showsStates && !showsTypes)
        {
            output.WriteLine(string.Join('\n', groups.Select(group => group.GroupId)));
            return;
        }

        var width = groups.Select(group => group.GroupId.Length).DefaultIfEmpty(NameWidth).Max() + Gap;
        output.WriteLine($"{"GROUP".PadRight(width)} {Columns("TYPE", "STATE")}");
        foreach (var group in groups)
        {
            output.WriteLine($"{group.GroupId.PadRight(width)} {Columns(TypeName(group.Type), group.State)}");
        }
    }

    private static (IReadOnlyList<string> Names, bool HasUnknown) Read(string? text, IReadOnlyList<string> known)
    {
        if (string.IsNullOrEmpty(text))
        {
            return ([], false);
        }

        var names = text
            .Split(',')
            .Select(word => known.FirstOrDefault(name => name.Equals(word.Trim(), StringComparison.OrdinalIgnoreCase)))
            .ToArray();
        return (names.OfType<string>().ToArray(), names.Contains(null));
    }

    /// <summary>Brokers name types in lower case, the tool does not.</summary>
    private static string TypeName(string type) =>
        KnownTypes.FirstOrDefault(known => known.Equals(type, StringComparison.OrdinalIgnoreCase)) ?? type;

    private string Columns(string type, string state) =>
        (showsTypes ? $"{type,-20} " : "") + (showsStates ? $"{state,-20}" : "");
}
