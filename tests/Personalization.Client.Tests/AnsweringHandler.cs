using System.Net;
using System.Text;

namespace Personalization.Client.Tests;

/// <summary>Answers what the test says and keeps what was asked.</summary>
internal sealed class AnsweringHandler : HttpMessageHandler
{
    private readonly Queue<(HttpStatusCode Status, string Body)> _answers = new();
    private bool _answersNever;

    public List<(HttpMethod Method, string PathAndQuery, string Body)> Asked { get; } = [];

    public void Answer(HttpStatusCode status, string body) => _answers.Enqueue((status, body));

    public void AnswerNever() => _answersNever = true;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? string.Empty : await request.Content.ReadAsStringAsync(cancellationToken);
        Asked.Add((request.Method, request.RequestUri!.PathAndQuery, body));
        if (_answersNever)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        var (status, answer) = _answers.Dequeue();
        return new HttpResponseMessage(status) { Content = new StringContent(answer, Encoding.UTF8, "application/json") };
    }
}
