using System.Globalization;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.ZooKeeperShell;

/// <summary>ACLs, stats and refusals in the words of ZooKeeper's own shell, which scripts read.</summary>
internal static class ShellText
{
    private static readonly (char Letter, ZnodePermissions Permission)[] Letters =
    [
        ('c', ZnodePermissions.Create),
        ('d', ZnodePermissions.Delete),
        ('r', ZnodePermissions.Read),
        ('w', ZnodePermissions.Write),
        ('a', ZnodePermissions.Admin),
    ];

    public static void WriteStat(TextWriter output, in ZnodeStat stat, TimeZoneInfo zone)
    {
        output.WriteLine($"cZxid = 0x{stat.Czxid:x}");
        output.WriteLine($"ctime = {Date(stat.CtimeMs, zone)}");
        output.WriteLine($"mZxid = 0x{stat.Mzxid:x}");
        output.WriteLine($"mtime = {Date(stat.MtimeMs, zone)}");
        output.WriteLine($"pZxid = 0x{stat.Pzxid:x}");
        output.WriteLine($"cversion = {stat.Cversion}");
        output.WriteLine($"dataVersion = {stat.Version}");
        output.WriteLine($"aclVersion = {stat.Aversion}");
        output.WriteLine($"ephemeralOwner = 0x{stat.EphemeralOwner:x}");
        output.WriteLine($"dataLength = {stat.DataLength}");
        output.WriteLine($"numChildren = {stat.ChildCount}");
    }

    public static void WriteAcl(TextWriter output, IEnumerable<ZnodeAcl> acl)
    {
        foreach (var entry in acl)
        {
            var letters = Letters.Where(pair => entry.Permissions.HasFlag(pair.Permission)).Select(pair => pair.Letter);
            output.WriteLine($"'{entry.Scheme},'{entry.Id}");
            output.WriteLine($": {string.Concat(letters)}");
        }
    }

    /// <summary>Reads <c>scheme:id:cdrwa</c> entries separated by commas; the id may hold colons.</summary>
    /// <exception cref="ShellException">An entry has another form.</exception>
    public static List<ZnodeAcl> ParseAcl(string text)
    {
        List<ZnodeAcl> acl = [];
        foreach (var entry in text.Split(','))
        {
            var first = entry.IndexOf(':', StringComparison.Ordinal);
            var last = entry.LastIndexOf(':');
            if (first < 0 || first == last)
            {
                throw new ShellException($"{entry} does not have the form scheme:id:perm");
            }

            acl.Add(new ZnodeAcl(ParsePermissions(entry[(last + 1)..]), entry[..first], entry[(first + 1)..last]));
        }

        return acl;
    }

    /// <summary>What the shell says to a refusal.</summary>
    public static string Describe(ZooKeeperException refusal) =>
        refusal.Code switch
        {
            ZooKeeperError.NoNode => $"Node does not exist: {refusal.Path}",
            ZooKeeperError.NoChildrenForEphemerals => $"Ephemerals cannot have children: {refusal.Path}",
            ZooKeeperError.NodeExists => $"Node already exists: {refusal.Path}",
            ZooKeeperError.NotEmpty => $"Node not empty: {refusal.Path}",
            ZooKeeperError.InvalidAcl => $"Acl is not valid : {refusal.Path}",
            ZooKeeperError.NoAuth => $"Insufficient permission : {refusal.Path}",
            ZooKeeperError.BadArguments => $"Arguments are not valid : {refusal.Path}",
            ZooKeeperError.BadVersion => $"version No is not valid : {refusal.Path}",
            ZooKeeperError.QuotaExceeded => $"Quota has exceeded : {refusal.Path}",
            ZooKeeperError.AuthFailed => "Authentication failed",
            _ => refusal.Message,
        };

    private static ZnodePermissions ParsePermissions(string letters)
    {
        var permissions = ZnodePermissions.None;
        foreach (var letter in letters)
        {
            var match = Array.Find(Letters, pair => pair.Letter == letter);
            permissions |= match.Letter == letter ? match.Permission : throw new ShellException($"Unknown perm type: {letter}");
        }

        return permissions;
    }

    /// <summary>As Java prints a date: <c>Thu Jan 01 00:00:00 UTC 1970</c>.</summary>
    private static string Date(long unixMs, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(unixMs), zone);
        var name = zone.BaseUtcOffset == TimeSpan.Zero && !zone.SupportsDaylightSavingTime ? "UTC" : zone.StandardName;
        return local.ToString("ddd MMM dd HH:mm:ss ", CultureInfo.InvariantCulture) + name
            + local.ToString(" yyyy", CultureInfo.InvariantCulture);
    }
}
