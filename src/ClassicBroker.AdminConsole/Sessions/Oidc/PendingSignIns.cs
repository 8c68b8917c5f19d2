using System.Security.Cryptography;
using System.Text;

namespace ClassicBroker.AdminConsole.Sessions.Oidc;

/// <summary>
/// The sign-ins that were begun in the last ten minutes. Each is taken once, by the browser that began it. Bounded: where there are too
/// many, the oldest goes. Threading: any.
/// </summary>
internal sealed class PendingSignIns(TimeProvider time)
{
    private const int PendingMax = 1000;

    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, (PendingSignIn SignIn, long BegunAt)> _pending = new(StringComparer.Ordinal);

    public static TimeSpan Life { get; } = TimeSpan.FromMinutes(10);

    public PendingSignIn Begin(string returnAddress)
    {
        var signIn = new PendingSignIn(
            SessionTable.NewSecret(), SessionTable.NewSecret(), SessionTable.NewSecret(), SessionTable.NewSecret(), returnAddress);
        lock (_lock)
        {
            while (_pending.Count > 0 && (_pending.Count >= PendingMax || HasEnded(_pending.GetAt(0).Value.BegunAt)))
            {
                _pending.RemoveAt(0);
            }

            _pending[KeyOf(signIn.State)] = (signIn, time.GetTimestamp());
        }

        return signIn;
    }

    /// <summary>The sign-in that an answer of the provider belongs to; null where there is none, or another browser began it.</summary>
    public PendingSignIn? Take(string state, string browser)
    {
        (PendingSignIn SignIn, long BegunAt) found;
        lock (_lock)
        {
            if (!_pending.Remove(KeyOf(state), out found))
            {
                return null;
            }
        }

        return !HasEnded(found.BegunAt)
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(browser), Encoding.UTF8.GetBytes(found.SignIn.Browser))
                ? found.SignIn
                : null;
    }

    private static string KeyOf(string state) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(state)));

    private bool HasEnded(long begunAt) => time.GetElapsedTime(begunAt) > Life;
}
