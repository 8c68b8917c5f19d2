namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// A principal in its parts: <c>service/host@REALM</c>, <c>user@REALM</c>, or a name that is short already. Immutable.
/// </summary>
internal sealed record KerberosName(string Service, string? Host, string? Realm)
{
    /// <summary>Null for what is no principal.</summary>
    public static KerberosName? TryParse(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (at < 0)
        {
            return new(text, null, null);
        }

        var (name, realm) = (text[..at], text[(at + 1)..]);
        var parts = name.Split('/');
        return parts.Length > 2 || realm.AsSpan().ContainsAny('@', '/')
            ? null
            : new(parts[0], parts.Length > 1 ? parts[1] : null, realm);
    }

    public override string ToString() => $"{Service}{(Host is null ? "" : "/" + Host)}{(Realm is null ? "" : "@" + Realm)}";
}
