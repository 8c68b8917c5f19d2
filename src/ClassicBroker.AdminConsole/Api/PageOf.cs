namespace ClassicBroker.AdminConsole.Api;

/// <summary>A page of a list that was searched and sorted on the server. Immutable.</summary>
/// <param name="Total">How many rows match on all pages.</param>
/// <param name="Page">The number of this page, from zero.</param>
/// <param name="Size">How many rows a page has.</param>
/// <param name="Rows">The rows.</param>
internal sealed record PageOf<T>(int Total, int Page, int Size, IReadOnlyList<T> Rows)
{
    public static PageOf<T> Cut(IReadOnlyList<T> rows, (int Page, int Size) page) => new(
        rows.Count, page.Page, page.Size, [.. rows.Skip(page.Page * page.Size).Take(page.Size)]);
}
