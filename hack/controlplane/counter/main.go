// Command counter counts the requests that it gets per path. GET /counts answers {"/path": number, …}.
// usage: counter ADDRESS:PORT
package main

import (
	"encoding/json"
	"log"
	"maps"
	"net/http"
	"os"
	"sync"
)

type counter struct {
	mutex  sync.Mutex
	counts map[string]int
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/counts" {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(c.snapshot())
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.counts[r.URL.Path]++
	log.Printf("%s %s from %s: %d", r.Method, r.URL.Path, r.RemoteAddr, c.counts[r.URL.Path])
}

func (c *counter) snapshot() map[string]int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return maps.Clone(c.counts)
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: counter ADDRESS:PORT")
	}
	log.Fatal(http.ListenAndServe(os.Args[1], &counter{counts: map[string]int{}}))
}
