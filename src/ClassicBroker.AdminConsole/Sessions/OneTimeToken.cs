using System.Security.Cryptography;
using System.Text;

namespace ClassicBroker.AdminConsole.Sessions;

/// <summary>The token that signs in once; after its use there is another. Threading: any.</summary>
/// <param name="shown">Told of each new token, to show it to the person who started the console.</param>
internal sealed class OneTimeToken(Action<string> shown)
{
    private readonly Lock _lock = new();
    private string? _token;

    /// <summary>Makes the first token.</summary>
    public void Begin()
    {
        string token;
        lock (_lock)
        {
            _token = token = SessionTable.NewSecret();
        }

        shown(token);
    }

    /// <summary>True for the token of now, which is used up by that.</summary>
    public bool TryUse(string token)
    {
        lock (_lock)
        {
            if (_token is null
                || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(_token)))
            {
                return false;
            }

            _token = null;
        }

        Begin();
        return true;
    }
}
