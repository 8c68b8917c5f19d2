namespace ClassicBroker.Server.Config;

/// <summary>Finds the key that a misspelt one was to be. Stateless.</summary>
internal static class KeySuggestion
{
    private const int LettersPerMistake = 5;
    private const int MistakesMax = 3;

    /// <summary>The known key that differs in the fewest letters, a listener's prefix left as it is; null where none is near.</summary>
    public static string? For(string unknown)
    {
        if (BrokerConfigDefinition.TrySplitListenerPrefix(unknown, out var listener, out var plain))
        {
            return Nearest(plain) is { } prefixed ? BrokerConfigDefinition.PrefixOf(listener) + prefixed : null;
        }

        return Nearest(unknown);
    }

    private static string? Nearest(string unknown)
    {
        var allowed = Math.Min(MistakesMax, unknown.Length / LettersPerMistake);
        var (nearest, mistakes) = BrokerConfigDefinition.Keys.Keys
            .Select(key => (key.Name, Mistakes: Distance(unknown, key.Name)))
            .MinBy(candidate => candidate.Mistakes);
        return mistakes <= allowed ? nearest : null;
    }

    /// <summary>Letters to insert, delete, replace, or swap with their neighbour to get from one to the other.</summary>
    private static int Distance(string from, string to)
    {
        var (two, one, row) = (new int[to.Length + 1], new int[to.Length + 1], new int[to.Length + 1]);
        for (var j = 0; j <= to.Length; j++)
        {
            one[j] = j;
        }

        for (var i = 1; i <= from.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = one[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(one[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    row[j] = Math.Min(row[j], two[j - 2] + 1);
                }
            }

            (two, one, row) = (one, row, two);
        }

        return one[to.Length];
    }
}
