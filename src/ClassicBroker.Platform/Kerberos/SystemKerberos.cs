using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace ClassicBroker.Platform;

/// <summary>
/// MIT Kerberos by the system's library, which is loaded when it is first needed. Tickets of an initiator are fetched with the keys of its
/// key table, kept in memory and renewed by the library. A ticket cache is opened again for each exchange, so that what keeps it fresh is
/// heard; no <c>kinit</c> is run. Acceptors and initiators have workers of their own, so that a key distribution centre that does not
/// answer keeps no client out. Threading: any thread.
/// </summary>
public sealed class SystemKerberos : IKerberos, IAsyncDisposable
{
    /// <summary>Java's system property for the file that says where realms are.</summary>
    public const string ConfigFileProperty = "java.security.krb5.conf";

    private const string ConfigFileVariable = "KRB5_CONFIG";
    private const int AcceptorsMax = 2;
    private const int InitiatorsMax = 4;

    private readonly WorkerPool _acceptors;
    private readonly WorkerPool _initiators;
    private readonly Lazy<string?> _missing;
    private readonly ConcurrentDictionary<KerberosCredential, Lazy<GssCredential>> _accepting = new();
    private readonly ConcurrentDictionary<KerberosCredential, string> _memoryCaches = new();
    private int _cachesMade;

    /// <param name="configFile">Where realms are described; null for the system's file.</param>
    /// <param name="fatal">Told of a failure that a worker does not survive; expected to end the process.</param>
    public SystemKerberos(string? configFile, Action<Exception> fatal)
    {
        _acceptors = new WorkerPool("kerberos-acceptor", AcceptorsMax, fatal);
        _initiators = new WorkerPool("kerberos-initiator", InitiatorsMax, fatal);
        _missing = new(() => Load(configFile));
    }

    public string? Missing => _missing.Value;

    public string DefaultRealm
    {
        get
        {
            RequireLibrary();
            try
            {
                using var name = GssLibrary.ImportPrincipal("x");
                using var whole = GssLibrary.Canonicalize(name);
                return GssLibrary.Display(whole) is var full && full.LastIndexOf('@') is >= 0 and var at ? full[(at + 1)..] : "";
            }
            catch (KerberosException)
            {
                // There is no configuration, or it names no realm.
                return "";
            }
        }
    }

    public void RequireKeys(KerberosCredential credential)
    {
        RequireLibrary();
        GssLibrary.Acquire(credential, accepts: true, "").Dispose();
    }

    public IKerberosExchange Initiate(KerberosCredential credential, string service, string host)
    {
        RequireLibrary();
        var cache = _memoryCaches.GetOrAdd(credential, _ => $"MEMORY:classicbroker-{Interlocked.Increment(ref _cachesMade)}");
        return GssExchange.Initiate(_initiators, () => GssLibrary.Acquire(credential, accepts: false, cache), service, host);
    }

    public IKerberosExchange Accept(KerberosCredential credential)
    {
        RequireLibrary();
        return GssExchange.Accept(_acceptors, () => Accepting(credential));
    }

    public async ValueTask DisposeAsync()
    {
        await _acceptors.DisposeAsync();
        await _initiators.DisposeAsync();
    }

    private GssCredential Accepting(KerberosCredential credential)
    {
        var kept = _accepting.GetOrAdd(credential, static wanted => new(
            () => GssLibrary.Acquire(wanted, accepts: true, ""), LazyThreadSafetyMode.PublicationOnly));
        return kept.Value;
    }

    private static string? Load(string? configFile)
    {
        if (!NativeLibrary.TryLoad(GssCalls.Library, out _))
        {
            return $"there is no Kerberos library {GssCalls.Library} on this machine (package libgssapi-krb5-2 of Debian, krb5-libs of Fedora)";
        }

        // The library reads the variable from the process's own environment, which .NET's copy does not change.
        return configFile is null || GssCalls.SetVariable(ConfigFileVariable, configFile, 1) == 0
            ? null
            : $"the variable {ConfigFileVariable} cannot be set";
    }

    private void RequireLibrary()
    {
        if (Missing is { } missing)
        {
            throw new KerberosException(missing);
        }
    }
}
